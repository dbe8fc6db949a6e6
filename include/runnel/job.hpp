// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A pipeline that runs while you do something else.
//
//     Job job = start(cmd("make") > capture);
//     ...
//     CompletedProcess done = job.wait();
//
// A conversation with a child process:
//
//     Job bc = start(cmd("bc") < Stdio::pipe > Stdio::pipe);
//     bc.in().write("6 * 7\n");
//     bc.in().flush();
//     std::string answer = bc.out().readline();
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/lines.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/stream.hpp>
#include <runnel/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

class JobState;

/// A started expression.
///
/// The destructor tears down what still runs, as `RunOptions::teardown` says,
/// and does not throw. Threads: `wait`, `wait_for`, `poll`, `step`, the signals
/// and the queries may be called from any number of threads at once. The
/// streams, and `tear_down`, which closes them, belong to one thread at a time.
/// Many jobs at once: see wait_set.hpp.
/// A moved-from object may be destroyed or assigned to; every other call throws
/// `std::logic_error`, but `forward` does nothing.
class [[nodiscard("an unnamed job ends at once: write Job job = start(e), or "
                  "check(e)")]] RUNNEL_EXPORT Job {
public:
    Job(Job&&) noexcept;
    Job& operator=(Job&&) noexcept;
    ~Job();

    /// Waits for the end and returns the result. Later calls return the same.
    /// If the child reads stdin to end of file, close `in()` first. Throws what
    /// `run` throws: `TimeoutExpired`, `StopRequested`, `CaptureOverflow`, with
    /// `check` also `CalledProcessError`; and `SpawnError` if a command of a
    /// list could not be started and decides the result.
    CompletedProcess wait();

    /// The same, but if `limit` passes first, returns nothing. The job goes on.
    std::optional<CompletedProcess> wait_for(Timeout limit);

    /// The result if the job has ended, else nothing; never blocks.
    std::optional<CompletedProcess> poll();

    /// Sends a signal to every stage that runs. After a signal that ends
    /// processes, commands of a list that have not been started are not started
    /// any more, and the list has failed. Throws `std::invalid_argument` if
    /// there is no such signal. If the system refuses to signal a stage, the
    /// other stages are signalled first, then `std::system_error` is thrown.
    void send_signal(int signal);
    void terminate(); ///< SIGTERM
    void kill(); ///< SIGKILL

    /// Sends a signal to every stage that runs. Async-signal-safe: for a signal
    /// handler of the program that passes SIGINT on. Lists go on.
    void forward(int signal) const noexcept;

    /// Begins to end the job as `RunOptions::teardown` says, and returns at once:
    /// for an event loop, which must not wait. The thread of the job or the next
    /// calls of `step` or `wait` carry it out; `wait` then throws `StopRequested`.
    /// Does nothing if the job has ended or is being ended. Other jobs with the
    /// same stop token go on. A thread that iterates over `out() | lines` of a job
    /// without a time limit or stop token may notice it only with the next bytes.
    void request_stop();

    /// Ends the job now, as the destructor does, and returns when it has ended.
    /// `wait` then returns what was captured until then. `how`: in place of
    /// `RunOptions::teardown`. If the job is being ended already, that goes on;
    /// `kill()` shortens it.
    void tear_down();
    void tear_down(Teardown const& how);

    /// Lets the job go on without this object, and without this process. The
    /// object is then like a moved-from one. The library reaps the children
    /// that have ended when it starts other ones; see docs/daemons.md.
    ///
    /// What needs this process is refused, `std::logic_error`, and the job is as
    /// before: captures, input from this process, open streams of the job, tees
    /// and in-process stages, lists, time limits, a stop token, the setting
    /// `die_with_parent`, and every executor but `local_executor` that does not
    /// say otherwise. An observer hears no more of the job. No other thread may
    /// use the job at the same time.
    void detach();

    /// Changes the size of the terminal of the job (`.pty(...)`); the foreground
    /// group of the terminal gets SIGWINCH. Belongs to the thread of the
    /// streams. Does nothing once that is closed. Throws `std::invalid_argument`
    /// for a number outside of 1 to 65535, `std::logic_error` if the job has no
    /// terminal.
    void resize(int rows, int columns);

    /// This process's ends of the streams that were redirected to
    /// `Stdio::pipe`, and of a terminal. Other streams are not open, and using
    /// one throws `std::logic_error`.
    WriteStream& in() & RUNNEL_LIFETIMEBOUND;
    ReadStream& out() & RUNNEL_LIFETIMEBOUND;
    ReadStream& err() & RUNNEL_LIFETIMEBOUND;

    /// The streams of a temporary object end with it: they can be used on the
    /// spot, but a range over them does not compile.
    WriteStream&& in() && { return std::move(in()); }
    ReadStream&& out() && { return std::move(out()); }
    ReadStream&& err() && { return std::move(err()); }

    /// The output of `out()` as lines; takes `out()` over. At the end of the
    /// range, waits for the job and throws a failure as `e | lines` does.
    /// Options that say how to run something (`timeout`, `drain`, `stop`,
    /// `teardown`, `containment`, `observer`, `executor`) are
    /// `std::invalid_argument`: give them to `start`.
    LineRange lines(LineOptions const& options = {});

    /// The number of commands, running or not.
    std::size_t size() const;

    /// Process ids, one for each command; -1 for one that was not started.
    std::vector<int> pids() const;

    /// How each command ended; nothing for one that runs or was not started.
    std::vector<std::optional<ExitStatus>> statuses() const;

    /// For an event loop, with `Pump::caller`: a descriptor that poll(2)
    /// reports as readable when `step` has something to do. Valid until the job
    /// is destroyed. `std::logic_error` with `Pump::thread`.
    int fd();

    /// When `step` must be called even if the descriptor is not ready. Until
    /// `fd` is called for the first time, this is soon.
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

    /// Does what can be done without waiting. True if the job has ended.
    bool step();

private:
    friend class WaitSet;
    friend Job start(Expression const& expression, RunOptions const& options);

    friend std::string to_string(Job const& job) noexcept;

    explicit Job(std::shared_ptr<JobState> state) noexcept;
    JobState& state() const;

    std::shared_ptr<JobState> state_;
};

/// Starts the expression and returns when its first commands execute. Throws
/// as `run` does if they cannot be started.
RUNNEL_EXPORT Job start(Expression const& expression,
                        RunOptions const& options);
RUNNEL_EXPORT Job start(Expression const& expression);

RUNNEL_REFUSED(
    "start takes an expression, then options: write start(cmd(\"ls\", "
    "\"-l\")), start(sh(\"ls | wc\")), start(a, {.timeout = 2s})",
    Job)
start(...) RUNNEL_DELETED;

/// What the job waits for at this moment, as text for people: a line for the whole, one
/// for each command, and one for each capture that a process outside of the job keeps
/// open. Each ends with a newline.
///
///     job "cat | sort" runs; its time limit passes in 1.90 s
///       stage 1 of 2 "cat": pid 4711, waits for input on stdin from this program, whose Job::in() is open
///       stage 2 of 2 "sort": pid 4712, waits for input on stdin from stage 1 "cat"
///
/// For a log, or for a debugger that looks for the reason of a hang: see docs/hangs.md.
/// Waits for nothing, and changes nothing. From any thread. The words may change from
/// release to release, and hold no secrets. Empty if there is no memory.
RUNNEL_EXPORT std::string to_string(Job const& job) noexcept;

} // namespace runnel::inline v0
