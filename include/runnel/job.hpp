// A pipeline that runs while you do something else.
//
//     Job job = start(cmd("make") > capture);
//     ...
//     CompletedProcess done = job.wait();
//
// A conversation, driven by hand:
//
//     Job bc = start(cmd("bc") < Stdio::pipe > Stdio::pipe);
//     bc.in().write("6 * 7\n");
//     bc.in().flush();
//     std::string answer = bc.out().readline();
#pragma once

#include <runnel/detail/config.hpp>
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
#include <vector>

namespace runnel::inline v0 {

class JobState;

/// A started expression.
///
/// Its destructor tears down what still runs, as `RunOptions::teardown` says,
/// and does not throw. Threads: `wait`, `wait_for`, `poll`, `step`, the signals
/// and the queries may be called from any number of threads at once; the
/// streams, and `tear_down`, which closes them, belong to one at a time.
class [[nodiscard]] RUNNEL_EXPORT Job {
public:
    Job(Job&&) noexcept;
    Job& operator=(Job&&) noexcept;
    ~Job();

    /// Waits for the end and gives the outcome. Any later call gives the
    /// same. Throws what `run` throws: `TimeoutExpired`, `StopRequested`,
    /// `CaptureOverflow`, with `check` also `CalledProcessError`; and
    /// `SpawnError` if the list came to a command that decides it and could
    /// not be started. Close `in()` before, if the child reads to its end.
    CompletedProcess wait();

    /// The same, at most that long; then nothing, and the job goes on.
    std::optional<CompletedProcess> wait_for(Timeout limit);

    /// The outcome if the job has ended; never blocks.
    std::optional<CompletedProcess> poll();

    /// Sends a signal to every stage that runs. After one that ends processes,
    /// commands of a list that have not been started are not started any more,
    /// and the list has failed. Throws `std::invalid_argument` if there is no such
    /// signal; `std::system_error` if the system refuses one, after all others.
    void send_signal(int signal);
    void terminate(); ///< SIGTERM
    void kill(); ///< SIGKILL

    /// Sends a signal to every stage that runs. Async-signal-safe: for a
    /// handler of the program's own, which would pass SIGINT on. Lists go on.
    void forward(int signal) const noexcept;

    /// Ends it now, as the destructor does: signal, grace, SIGKILL. `wait`
    /// then gives what was captured until then.
    void tear_down();

    /// Our ends of the streams that were redirected to `Stdio::pipe`; one
    /// that was not asked for is not open, and using it throws
    /// `std::logic_error`.
    WriteStream& in() noexcept;
    ReadStream& out() noexcept;
    ReadStream& err() noexcept;

    /// What comes from `out()`, as lines; at the end the job is waited for,
    /// and a failure is thrown as `e | lines` does. Takes `out()` over. Options
    /// that say how to run something (`timeout`, `drain`, `stop`, `teardown`,
    /// `observer`, `executor`) are `std::invalid_argument`: `start` has them.
    LineRange lines(LineOptions const& options = {});

    /// How many commands there are, running or not.
    std::size_t size() const noexcept;

    /// Process ids, one for each command; -1 for one that was not started.
    std::vector<int> pids() const;

    /// How each command ended; nothing for one that runs or was not started.
    std::vector<std::optional<ExitStatus>> statuses() const;

    /// For an event loop, with `Pump::caller`: a descriptor that polls as
    /// readable when `step` has something to do. Valid until the job is
    /// destroyed. `std::logic_error` with `Pump::thread`.
    int fd();

    /// When `step` must be called even if the descriptor is not ready; soon, as
    /// long as nobody has asked for the descriptor.
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

    /// Does what can be done without waiting. True if the job has ended.
    bool step();

private:
    friend Job start(Expression const& expression, RunOptions const& options);

    explicit Job(std::shared_ptr<JobState> state) noexcept;

    std::shared_ptr<JobState> state_;
};

/// Starts the expression and returns when its first commands execute. Throws
/// as `run` does if they cannot be started.
RUNNEL_EXPORT Job start(Expression const& expression,
                        RunOptions const& options = {});

} // namespace runnel::inline v0
