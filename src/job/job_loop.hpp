// The loop behind a started expression: what is waited for, what is done then.
#pragma once

#include "job/tree_run.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/run.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// How often to look for what nothing tells of.
inline constexpr auto blind_interval = std::chrono::milliseconds(20);

/// A state machine over one set of things to wait for: the pipes that we move
/// bytes through, the ends of stages, requests to end; and over points in
/// time. Whoever calls `turn` drives it, one at a time; only
/// what is marked so may come from elsewhere meanwhile.
class JobLoop {
public:
    enum class Reason : unsigned char {
        own_end,
        expired,
        stopped,
        overflow,
        cancelled, ///< with the job in whose thread it was driven
    };

    JobLoop(Plan plan, RunOptions const& options);

    /// Starts the first commands; throws what `TreeRun::start` throws.
    void start(std::optional<std::string_view> input);

    /// Lets requests interrupt the wait of a turn, at the price of a
    /// descriptor.
    void make_wakeable();

    /// One round: waits for something, at most until `until`, and acts on it.
    /// With `other_fd`, that being readable is something, too. True if all
    /// has ended. What goes wrong ends the job, and is kept.
    bool turn(sys::Deadline until, int other_fd = -1) noexcept;

    bool has_ended() const noexcept { return phase_ == Phase::ended; }
    bool other_is_ready() const noexcept { return other_is_ready_; }

    /// False if nothing needs to be done before somebody waits.
    bool needs_driving() const noexcept;

    /// When the next turn is due even if nothing happens.
    sys::Deadline deadline() const noexcept;

    /// Readable when a stop was requested; -1 if that cannot be.
    int stop_fd() const noexcept;

    /// All that a turn would wait for.
    std::vector<sys::PollItem> const& items();

    /// Why it ended, and what went wrong.
    Reason reason() const noexcept { return reason_; }
    std::exception_ptr const& failure() const noexcept { return failure_; }
    bool came_to_own_end() const noexcept
    {
        return reason_ == Reason::own_end && !failure_;
    }

    /// Nobody reads what it writes any more: what runs is ended and forgiven.
    void dismiss_all();

    TreeRun& tree() noexcept { return tree_; }
    TreeRun const& tree() const noexcept { return tree_; }
    RunOptions const& options() const noexcept { return options_; }
    sys::Deadline time_limit() const noexcept { return time_limit_; }

    // From any thread.

    /// Ends the job by the teardown of its options.
    void request_teardown() noexcept;

    /// C++ of the job ends.
    void request_cancel() noexcept;

    /// Lists go no further than the command that runs, which `signal` is about
    /// to hit.
    void stop_starting(int signal) noexcept { tree_.stop_starting(signal); }

private:
    enum class Phase : unsigned char {
        running,
        ending, ///< signals were sent; whoever is left is killed at `kill_at_`
        ended,
    };

    bool wait_at_once(sys::Deadline until, int other_fd);
    void wait_for_something(sys::Deadline until, int other_fd);
    bool is_timed() const noexcept;
    bool may_overflow() const noexcept;
    void collect_items();
    void watch_stages();
    void act();
    void reap_stages();
    bool reap(std::size_t index, bool known_to_have_ended);
    void look_at_helpers();
    void signal_dismissed();
    void look_for_overflow();
    void look_for_requests() noexcept;
    void look_at_clock();
    void look_at_stage_limits(sys::Clock::time_point now);
    void exceed_limit(std::size_t index);
    void look_for_end() noexcept;
    void end(Reason reason, Teardown const& how) noexcept;
    void fail_with(std::exception_ptr error) noexcept;
    void give_up(std::exception_ptr error) noexcept;
    void kill_all() noexcept;
    void close_all() noexcept;
    void tell_expired(std::string const& command, Timeout timeout) const;

    RunOptions const options_;
    sys::Deadline const time_limit_;
    TreeRun tree_;

    Phase phase_ = Phase::running;
    Reason reason_ = Reason::own_end;
    std::exception_ptr failure_;
    sys::Deadline kill_at_ = sys::never;

    std::vector<sys::PollItem> items_;
    std::size_t stage_items_ = 0; ///< where those of the stages begin
    std::vector<std::size_t> watched_; ///< the stages that they are of
    bool blind_ = false; ///< a stage runs that nothing tells us of
    bool other_is_ready_ = false;

    std::atomic<bool> teardown_requested_{false};
    std::atomic<bool> cancel_requested_{false};
    std::optional<sys::Waker> waker_;
};

} // namespace runnel::inline v0
