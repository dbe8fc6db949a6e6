// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Executors run programs: on this machine or another, as a dry run, as a fake.
//
//     DryRun dry;
//     check(cmd("rm", "-r", dir), {.executor = &dry});   // prints: rm -r ...
//
//     UseExecutor const scope(dry);     // for every verb of this thread
//     for (auto line : cmd("ls") | lines) ...
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/awaited.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/program.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

namespace detail {
class LastByte;
} // namespace detail

/// A started program: says what to wait for, acts on it, and gives the result.
///
/// The library drives it for every verb. The library also enforces the time
/// limit and the stop token of the options, converts text and applies `check`;
/// a `Running` need not handle these. In text mode it gets and gives bytes in the
/// encoding. It must handle the other options itself:
/// `input`, `limit`, `drain`, `idle_timeout`, `containment`, `observer`. Captures
/// that are to be shown (`RunOptions::show`) say so in the program:
/// `ProgramCapture::shown_on`. A `Running` that ignores this shows nothing, as
/// `DryRun` and `finished` do.
///
/// Every kind must implement `end`, `has_ended`, `result` and `command`. The
/// defaults of the other functions suit a program that has no descriptors to
/// wait for, cannot be sent signals and has no streams. One thread at a time
/// calls these functions, except those marked "from any thread".
class RUNNEL_EXPORT Running {
public:
    Running() noexcept = default;
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    /// Abandons what still runs.
    virtual ~Running();

    /// Waits until the first commands execute, and throws what `Executor::start`
    /// would throw if they cannot. After `Executor::start_unconfirmed`, the library
    /// calls this before every other function. By default does nothing.
    virtual void confirm();

    // --- driving ---------------------------------------------------------------

    /// Appends the descriptors to wait for. The library waits until one of them
    /// is ready or `deadline` has come.
    virtual void add_awaited(std::vector<Awaited>& all);

    /// When `act` must be called even if nothing is ready; `max()`: never.
    virtual std::chrono::steady_clock::time_point deadline() const;

    /// Does what can be done without waiting. `all` begins with the descriptors
    /// that the last `add_awaited` appended, in that order, now with `ready`
    /// set. If `all` is empty, it is not known which descriptors are ready.
    virtual void act(std::span<Awaited const> all) noexcept;

    /// If there is exactly one thing to wait for, waits for it without limit
    /// and returns true. Otherwise returns false without waiting. `act` is
    /// called next.
    virtual bool wait_alone();

    /// True if nothing of the program runs any more and all output has arrived.
    virtual bool has_ended() const noexcept = 0;

    /// What must be done for the program before its end.
    enum class Upkeep : unsigned char {
        /// Nothing. A reader of its stdout may block in read(2), which saves a
        /// poll(2) for each read.
        none,
        while_waiting, ///< only those that wait for it must drive it
        at_any_time, ///< a job makes a thread that drives it
    };
    /// By default `at_any_time`, until the end.
    virtual Upkeep upkeep() const noexcept;

    /// Why the program cannot go on without this process, for the error of
    /// `Job::detach`: "its output is captured". Empty if it can; the destructor
    /// then leaves it alone. By default, it can only after its end.
    virtual std::string why_attached() const;

    // --- ending ----------------------------------------------------------------

    /// Begins to end what runs: takes the steps of `how`, then sends SIGKILL.
    /// Returns at once. The library drives on until `has_ended()`,
    /// which must become true.
    virtual void end(Teardown const& how) noexcept = 0;

    /// True if all commands have ended by themselves, and only pipes are left
    /// that an outside process (one that a command left behind) holds open.
    virtual bool is_draining() const noexcept;

    /// Closes those pipes; the result then says `drained = false`.
    virtual void stop_draining() noexcept;

    /// Ends the in-process stages: their output is not wanted any more.
    virtual void cancel() noexcept;

    /// The reader of stdout has stopped reading early. Ends what runs, as `how`
    /// says; stages ended like this do not count as failed.
    virtual void leave_output(Teardown const& how) noexcept;

    /// Waiting has failed; `why` is the reason. Kills everything that runs, and
    /// returns when it has ended. By default, calls `end` with SIGKILL.
    virtual void give_up(std::exception_ptr why) noexcept;

    // --- from any thread -------------------------------------------------------

    /// Sends a signal to every command that runs. After a signal that ends
    /// processes, lists start no more commands. Throws `std::system_error` if
    /// the system refuses.
    virtual void send_signal(int signal);

    /// The same from a signal handler, but lists go on.
    virtual void forward(int signal) const noexcept;

    /// One process id for each command; -1 if it was not started.
    virtual std::vector<int> pids() const;
    virtual std::vector<std::optional<ExitStatus>> statuses() const;

    /// What the commands do and wait for, for `to_string(Job)`: lines for people, each
    /// with a newline at its end. Must not wait for anything. By default, tells the pid
    /// and the exit status of each command.
    virtual std::string waits() const;

    // --- streams -----------------------------------------------------------------

    /// Gives away a descriptor: the caller's end of stream 0, 1 or 2, if that
    /// stream was redirected to `Stdio::pipe` or is read by a range; otherwise
    /// -1. The caller closes the descriptor.
    virtual int take_stream(int stream);

    /// Changes the size of the terminals whose output is captured; those in hand
    /// are resized by their streams. Does nothing if there are none. From any
    /// thread. Throws `std::system_error` if the system refuses.
    virtual void resize(int rows, int columns);

    /// For the library: how it tells the idle limit when bytes of a stream move.
    virtual std::shared_ptr<detail::LastByte> last_byte(int stream) const;

    /// For the library: the id of the run in the events of observers; 0 if it has
    /// none.
    RunId run() const noexcept { return run_; }

    /// Receives the bytes of tapped streams: those that `tagged` captures
    /// although the expression does not.
    class Taps {
    public:
        /// `index`: an index into `Program::captures`. `bytes`: valid during
        /// the call.
        virtual void take(std::size_t index, std::string_view bytes) = 0;

    protected:
        ~Taps() = default;
    };

    /// Passes on the bytes that are new since the last call, and drops them.
    virtual void take_tapped(Taps& taps);

    // --- the outcome -------------------------------------------------------------

    /// True if the program was ended early, or will be: output may be missing.
    virtual bool was_cut_short() const noexcept;

    /// The exception to throw in place of the result; null if there is none.
    /// Called after `result`, and given what that returned: an error such as
    /// `CaptureOverflow` holds it.
    virtual std::exception_ptr failure(CompletedProcess const& result);

    /// The result, or what is known of it after a failure or after `end`.
    /// Called once, after the end.
    virtual CompletedProcess result() = 0;

    /// The name of the program in messages.
    virtual std::string command() const = 0;

protected:
    RunId run_ = 0;
};

/// Passes every call on to another `Running`. An executor that watches or changes what
/// another one runs derives from this, and overrides what shall differ.
class RUNNEL_EXPORT RunningAround : public Running {
public:
    /// `inner`: from another executor; null is `std::invalid_argument`.
    explicit RunningAround(std::unique_ptr<Running> inner);
    ~RunningAround() override;

    void confirm() override;
    void add_awaited(std::vector<Awaited>& all) override;
    std::chrono::steady_clock::time_point deadline() const override;
    void act(std::span<Awaited const> all) noexcept override;
    bool wait_alone() override;
    bool has_ended() const noexcept override;
    Upkeep upkeep() const noexcept override;
    std::string why_attached() const override;
    void end(Teardown const& how) noexcept override;
    bool is_draining() const noexcept override;
    void stop_draining() noexcept override;
    void cancel() noexcept override;
    void leave_output(Teardown const& how) noexcept override;
    void give_up(std::exception_ptr why) noexcept override;
    void send_signal(int signal) override;
    void forward(int signal) const noexcept override;
    std::vector<int> pids() const override;
    std::vector<std::optional<ExitStatus>> statuses() const override;
    std::string waits() const override;
    int take_stream(int stream) override;
    void resize(int rows, int columns) override;
    std::shared_ptr<detail::LastByte> last_byte(int stream) const override;
    void take_tapped(Taps& taps) override;
    bool was_cut_short() const noexcept override;
    std::exception_ptr failure(CompletedProcess const& result) override;
    CompletedProcess result() override;
    std::string command() const override;

protected:
    Running& inner() const noexcept { return *inner_; }

private:
    std::unique_ptr<Running> inner_;
};

/// Runs programs. Every verb uses the executor of its options, else that of
/// `UseExecutor`. `Popen` uses none.
class RUNNEL_EXPORT Executor {
public:
    virtual ~Executor();

    /// Starts `program`. Its exceptions reach the caller of the verb as they
    /// are; a null result is `std::logic_error`. Verbs of several threads may
    /// call it at once.
    ///
    /// `program.text` is the expression as shell text, with comments for what
    /// no shell can do. To tell commands apart, look at
    /// `program.commands[i].stage->command()`. An executor may change a program
    /// and pass it on to another executor; indices are not checked.
    virtual std::unique_ptr<Running> start(Program program,
                                           RunOptions const& options) = 0;

    /// The same, but may return before the commands execute; `Running::confirm`
    /// then waits for that. So the programs of a `JobSet` start side by side. By
    /// default calls `start`.
    virtual std::unique_ptr<Running>
    start_unconfirmed(Program program, RunOptions const& options);
};

/// Runs programs on this machine: the default of all verbs.
RUNNEL_EXPORT Executor& local_executor() noexcept;

/// While this object lives, every verb of this thread uses `executor`, unless
/// the options of the verb name another one. The same holds for verbs that are
/// called by C++ code inside a pipeline which this thread has started (`stage`,
/// a range in front of a command). Scopes may be nested. `executor` must
/// outlive this object and such pipelines. `Popen` and other threads are not
/// affected.
class RUNNEL_EXPORT UseExecutor {
public:
    explicit UseExecutor(Executor& executor) noexcept;
    UseExecutor(UseExecutor const&) = delete;
    UseExecutor& operator=(UseExecutor const&) = delete;
    ~UseExecutor();

private:
    Executor* outer_;
};

/// Prints what would be run: the shell text of each program and a newline.
/// Every stage counts as successful, and captures are empty. C++ code in the
/// pipeline is not called.
class RUNNEL_EXPORT DryRun final : public Executor {
public:
    /// Prints to stdout.
    DryRun() noexcept = default;

    /// Appends to `log`, which must outlive this object.
    explicit DryRun(std::string& log) noexcept : log_(&log) {}

    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override;

private:
    std::string* log_ = nullptr;
};

/// A result in which every stage ended with code 0 and every capture is empty.
/// A fake executor can start from it.
RUNNEL_EXPORT CompletedProcess successful(Program const& program);

/// A result in which command `stage`, by default the last one, failed with
/// `returncode` (-N: signal N ended it). All others succeeded. Throws
/// `std::invalid_argument` for code 0, and for a program without commands.
RUNNEL_EXPORT CompletedProcess failed(Program const& program, int returncode,
                                      std::size_t stage = no_index);

/// A `Running` that has ended already, with the given result.
///
/// `result` is not checked: its parts must fit together, as in the results of
/// `successful` and `failed`. `lines`, `chunks` and `Job::out` read
/// `result.out`; behind `stderr_of(e)`, ranges read `result.err`. `tagged` and
/// `to(string)` read `out` and `err` of the stage. If the last stage has none,
/// `tagged` reads those of the whole. C++ code in the pipeline is not called.
RUNNEL_EXPORT std::unique_ptr<Running> finished(Program program,
                                                CompletedProcess result);

} // namespace runnel::inline v0
