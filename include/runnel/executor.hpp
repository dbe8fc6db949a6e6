// Executors run programs: this machine, a fake in a test, a dry run, a remote.
//
//     DryRun dry;
//     check(cmd("rm", "-r", dir), {.executor = &dry});   // prints: rm -r ...
//
//     UseExecutor const scope(dry);     // for every verb of this thread
//     for (auto line : cmd("ls") | lines) ...
#pragma once

#include <runnel/awaited.hpp>
#include <runnel/detail/config.hpp>
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

/// A program that has been started: what to wait for, what to do then, its result.
///
/// The library drives it for every verb, and enforces the time limit and the
/// stop token of the options, converts text and applies `check`: a `Running`
/// need not know of these. What it has to see to itself are the other options:
/// `input`, `limit`, `drain`, `observer`.
///
/// `end`, `has_ended`, `result` and `command` must be written for each kind; what
/// the others do by themselves fits a thing that has no descriptors to wait for,
/// cannot be sent signals and gives no streams. One thread at a time calls them,
/// except for those that are marked.
class RUNNEL_EXPORT Running {
public:
    Running() noexcept = default;
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    /// Lets go of what it still runs.
    virtual ~Running();

    // --- driving ---------------------------------------------------------------

    /// Appends the descriptors to wait for. The library waits until one of them
    /// is ready or `deadline` has come.
    virtual void add_awaited(std::vector<Awaited>& all);

    /// When `act` must be called even if nothing is ready; `max()`: never.
    virtual std::chrono::steady_clock::time_point deadline() const;

    /// Does what can be done without waiting. `all` begins with what the last
    /// `add_awaited` appended, in that order, now with `ready`. If `all` is
    /// empty, what is ready is not known.
    virtual void act(std::span<Awaited const> all) noexcept;

    /// If there is exactly one thing to wait for, waits for it, however long that
    /// takes, and returns true. Else returns false without waiting. `act` is
    /// called next.
    virtual bool wait_alone();

    /// True if nothing of it runs any more, and all its output is there.
    virtual bool has_ended() const noexcept = 0;

    /// True if a thread must drive it; else a job makes no thread for it.
    virtual bool needs_driving() const noexcept;

    // --- ending ----------------------------------------------------------------

    /// Begins to end what runs: `how.signal`, then SIGKILL after `how.grace`.
    /// Returns at once; it is driven on until `has_ended`, which must follow.
    virtual void end(Teardown const& how) noexcept = 0;

    /// True if all commands have ended by themselves, and only pipes are left
    /// that a process which they left behind holds open.
    virtual bool is_draining() const noexcept;

    /// Closes those pipes: the outcome says `drained = false`.
    virtual void stop_draining() noexcept;

    /// Ends the C++ in it: no more of its output is wanted.
    virtual void cancel() noexcept;

    /// The reader of its stdout has left: ends what runs as `how` says, which
    /// counts as no failure.
    virtual void leave_output(Teardown const& how) noexcept;

    /// Waiting has failed, for the reason `why`. Kills all that runs, and returns
    /// when it has ended.
    virtual void give_up(std::exception_ptr why) noexcept;

    // --- from any thread -------------------------------------------------------

    /// Sends a signal to every command that runs; one that ends processes keeps
    /// lists from going on. Throws `std::system_error` if the system refuses.
    virtual void send_signal(int signal);

    /// The same from a signal handler; lists go on.
    virtual void forward(int signal) const noexcept;

    /// One for each command; -1 for one that was not started.
    virtual std::vector<int> pids() const;
    virtual std::vector<std::optional<ExitStatus>> statuses() const;

    // --- streams -----------------------------------------------------------------

    /// A descriptor: the end that the caller holds of stream 0, 1 or 2, if that
    /// was redirected to `Stdio::pipe` or is read by a range; else -1. The caller
    /// closes it.
    virtual int take_stream(int stream);

    /// Takes what was captured of tapped streams: those that `tagged` captures
    /// though the expression does not.
    class Taps {
    public:
        /// `index` is one of `Program::captures`; `bytes` are valid during the
        /// call.
        virtual void take(std::size_t index, std::string_view bytes) = 0;

    protected:
        ~Taps() = default;
    };

    /// Gives what is new since the last call, and forgets it.
    virtual void take_tapped(Taps& taps);

    // --- the outcome -------------------------------------------------------------

    /// True if it was ended early, or will be: output may be missing.
    virtual bool was_cut_short() const noexcept;

    /// What is to be thrown in place of the outcome, if something went wrong.
    virtual std::exception_ptr failure();

    /// The outcome, or what is known of it after a failure or an `end`. Is called
    /// once, after the end.
    virtual CompletedProcess result() = 0;

    /// What it is called in messages.
    virtual std::string command() const = 0;
};

/// Runs programs. Every verb uses it when it is in the options, or when
/// `UseExecutor` says so. `Popen` does not.
class RUNNEL_EXPORT Executor {
public:
    virtual ~Executor();

    /// Starts `program`. Whatever it throws comes out of the verb as it is; null
    /// is `std::logic_error`. Verbs of several threads may call it at once.
    ///
    /// `program.text` is the expression as shell text, with comments for what no
    /// shell can do. To tell commands apart, look at
    /// `program.commands[i].stage->command()`. An executor may change a program
    /// and hand it on; its indices are not checked.
    virtual std::unique_ptr<Running> start(Program program,
                                           RunOptions const& options) = 0;
};

/// This machine: what the verbs use by themselves.
RUNNEL_EXPORT Executor& local_executor() noexcept;

/// While it lives, every verb of this thread uses `executor`, unless its
/// options name another one; so do the verbs that C++ inside of a pipeline calls
/// which this thread has started (`stage`, a range in front of a command). They
/// may be nested. `executor` must outlive it, and such pipelines. `Popen` and
/// other threads are not concerned.
class RUNNEL_EXPORT UseExecutor {
public:
    explicit UseExecutor(Executor& executor) noexcept;
    UseExecutor(UseExecutor const&) = delete;
    UseExecutor& operator=(UseExecutor const&) = delete;
    ~UseExecutor();

private:
    Executor* outer_;
};

/// Says what would be run, the shell text of each program and a newline, and
/// calls it a success of every stage, with empty captures. C++ in the pipeline is
/// not called.
class RUNNEL_EXPORT DryRun final : public Executor {
public:
    /// Prints to stdout.
    DryRun() noexcept = default;

    /// Appends to `log`, which must outlive it.
    explicit DryRun(std::string& log) noexcept : log_(&log) {}

    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override;

private:
    std::string* log_ = nullptr;
};

/// An outcome in which every stage ended with code 0 and every capture is
/// empty: what a fake executor may start from.
RUNNEL_EXPORT CompletedProcess successful(Program const& program);

/// An outcome in which command `stage`, by default the last one, failed with
/// `returncode`: -N if signal N ended it. All others are successful. Throws
/// `std::invalid_argument` for 0, and for a program without commands.
RUNNEL_EXPORT CompletedProcess failed(Program const& program, int returncode,
                                      std::size_t stage = no_index);

/// A running thing that has ended already, with that outcome.
///
/// `result` is given as it is: what is in it must fit together, as in those of
/// `successful` and `failed`. `lines`, `chunks` and `Job::out` read `result.out`.
/// `tagged` and `to(string)` take the `out` and `err` of the stage; for the last
/// one, `tagged` takes those of the whole if the stage has none. C++ in the
/// pipeline is not called.
RUNNEL_EXPORT std::unique_ptr<Running> finished(Program program,
                                                CompletedProcess result);

} // namespace runnel::inline v0
