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
/// The library drives it for every verb. The library also enforces the time limit
/// and the stop token of the options, converts text and applies `check`: a
/// `Running` need not know of these. One thread at a time calls it, except for
/// the functions that are marked.
class RUNNEL_EXPORT Running {
public:
    Running() noexcept = default;
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    /// Lets go of what it still runs.
    virtual ~Running();

    // --- driving ---------------------------------------------------------------

    /// Adds what to wait for, at most until `deadline`.
    virtual void add_awaited(std::vector<Awaited>& all);

    /// When `act` wants to be called though nothing is ready; `max()`: never.
    virtual std::chrono::steady_clock::time_point deadline() const;

    /// Does what can be done without waiting. `all` begins with what
    /// `add_awaited` added last, and says what is ready; empty: unknown.
    virtual void act(std::span<Awaited const> all) noexcept;

    /// If there is but one thing to wait for, waits for it, however long that
    /// takes; else returns false at once. `act` follows.
    virtual bool wait_alone();

    virtual bool has_ended() const noexcept = 0;

    /// False if nothing is lost while no thread drives it.
    virtual bool needs_driving() const noexcept;

    // --- ending ----------------------------------------------------------------

    /// Ends what runs, as `how` says. It goes on being driven to its end.
    virtual void end(Teardown const& how) noexcept;

    /// True if all commands have ended by themselves, and what is left is to
    /// read what others may still write.
    virtual bool is_draining() const noexcept;

    /// Reads no more: the outcome says `drained = false`.
    virtual void stop_draining() noexcept;

    /// Ends its in-process stages: no more of their output is wanted.
    virtual void cancel() noexcept;

    /// Nobody reads its stdout in hand any more: what runs is ended as `how`
    /// says, and forgiven.
    virtual void leave_output(Teardown const& how) noexcept;

    /// It cannot be waited for: ends all at once, and waits for that.
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

    /// Our end of the stream that was redirected to `Stdio::pipe`, or read by a
    /// range: 0, 1 or 2. The caller owns it from then on. -1: there is none.
    virtual int take_stream(int stream);

    /// Is told what was captured of streams that were tapped; see
    /// `ProgramCapture`.
    class Taps {
    public:
        virtual void take(std::size_t index, std::string_view bytes) = 0;

    protected:
        ~Taps() = default;
    };

    /// Gives what is new since the last call, and forgets it.
    virtual void take_tapped(Taps& taps);

    // --- the outcome -------------------------------------------------------------

    /// True if it has not come, or will not come, to its own end: more of its
    /// output may be missing than the outcome tells.
    virtual bool was_cut_short() const noexcept;

    /// What is to be thrown in place of the outcome, if something went wrong.
    virtual std::exception_ptr failure();

    /// The outcome, or what is known so far after a failure or an `end`. Once.
    virtual CompletedProcess result() = 0;

    /// How the verb was told to name it in messages.
    virtual std::string command() const = 0;
};

/// Runs programs. Used by every verb when it is in the options, or when
/// `UseExecutor` says so.
class RUNNEL_EXPORT Executor {
public:
    virtual ~Executor();

    /// Starts `program`. `program.text` is what it is as shell text.
    virtual std::unique_ptr<Running> start(Program program,
                                           RunOptions const& options) = 0;
};

/// This machine: what the verbs use by themselves.
RUNNEL_EXPORT Executor& local_executor() noexcept;

/// While it lives, every verb of this thread uses `executor`, unless its
/// options name another one. They may be nested. `executor` must outlive it.
class RUNNEL_EXPORT UseExecutor {
public:
    explicit UseExecutor(Executor& executor) noexcept;
    UseExecutor(UseExecutor const&) = delete;
    UseExecutor& operator=(UseExecutor const&) = delete;
    ~UseExecutor();

private:
    Executor* outer_;
};

/// Says what would be run, one line of shell text for each program, and calls
/// it a success of every stage, with empty captures.
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

/// A running thing that has ended already, with that outcome. A verb that reads
/// the output of the program, such as `lines`, reads `result.out`.
RUNNEL_EXPORT std::unique_ptr<Running> finished(Program program,
                                                CompletedProcess result);

} // namespace runnel::inline v0
