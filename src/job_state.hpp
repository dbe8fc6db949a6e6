// A started expression: what is moved for it, until when, how it ended.
#pragma once

#include "tree_run.hpp"

#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/timeout.hpp>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace runnel::inline v0 {

/// A state machine over one set of things to wait for: the pipes that we move
/// bytes through, the ends of stages, a request to stop, a wake-up of our own;
/// and over points in time. Whoever calls `turn` drives it: the thread that
/// waits, a thread of ours, or a foreign event loop.
///
/// Between `start` and the destructor, all public members but `turn` may be
/// called from any thread. One thread drives at a time; it alone touches the
/// pump, and changes what others may look at only under the lock.
class JobState {
public:
    JobState(Plan plan, RunOptions const& options);
    JobState(JobState const&) = delete;
    JobState& operator=(JobState const&) = delete;
    /// Tears down what still runs.
    ~JobState();

    /// Starts the first commands; throws what `TreeRun::start` throws.
    void start(std::optional<std::string_view> input);

    /// Lets a thread of ours drive, if anything must be moved or timed.
    void drive_by_thread();

    /// Drives, or waits for who does; false if `deadline` passes first.
    bool wait(sys::Deadline deadline);

    /// Drives until `out` can be read, or a read may block. False if the job
    /// was ended before its time.
    bool wait_for_output();

    // Driven by hand; those that were not asked for are not open.
    WriteStream in;
    ReadStream out;
    ReadStream err;

    /// The outcome, after the end. Throws if the job did not come to its own
    /// end; with `check` in the options, also for a failure.
    CompletedProcess& result();

    /// Signals every running stage; lists do not go on.
    void send_signal(int signal);

    /// The same from a signal handler; lists go on.
    void forward(int signal) const noexcept;

    /// Ends it by the plan of the options.
    void tear_down() noexcept;

    TreeRun const& tree() const noexcept { return tree_; }
    std::vector<int> pids() const;
    std::vector<std::optional<ExitStatus>> statuses() const;

    // For a foreign event loop.
    int event_fd();
    std::optional<sys::Deadline> next_deadline() const;
    bool step();

private:
    enum class Phase : unsigned char {
        running,
        ending, ///< signals were sent; whoever is left is killed at `kill_at_`
        ended,
    };
    enum class Reason : unsigned char { own_end, expired, stopped, overflow };

    using Lock = std::unique_lock<std::mutex>;

    bool turn(Lock& lock, sys::Deadline until) noexcept;
    void wait_for_something(Lock& lock, sys::Deadline until);
    bool needs_driving() const noexcept;
    bool wait_for_output_beside_thread(Lock& lock);
    bool came_to_own_end() const noexcept;
    bool wait_at_once(Lock& lock, sys::Deadline until);
    bool is_timed() const noexcept;
    void collect_items();
    void watch_stages();
    sys::Deadline deadline(sys::Deadline until) const noexcept;
    void act();
    void reap_stages();
    void reap(std::size_t index, bool known_to_have_ended);
    void note_started();
    void look_for_overflow();
    void look_for_stop();
    void look_at_clock();
    void look_at_stage_limits(sys::Clock::time_point now);
    void look_for_end();
    void end(Reason reason, Teardown const& how);
    void fail_with(std::exception_ptr error);
    void give_up(std::exception_ptr error);
    void close_streams() noexcept;
    void kill_all();
    void close_all();
    void signal_all(int signal);
    void arm_events();

    void make_result();
    void make_outputs();
    StageResult stage_result(std::size_t index);
    [[noreturn]] void throw_reason();

    RunOptions const options_;
    sys::Deadline const deadline_;
    TreeRun tree_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool driven_ = false; ///< somebody is in `turn`
    Phase phase_ = Phase::running;
    Reason reason_ = Reason::own_end;
    std::exception_ptr failure_;
    sys::Deadline kill_at_ = sys::never;

    std::vector<sys::PollItem> items_;
    std::size_t stage_items_ = 0; ///< where those of the stages begin
    std::vector<std::size_t> watched_; ///< the stages that they are of
    bool blind_ = false; ///< a stage runs that nothing tells us of
    bool output_wanted_ = false;
    bool output_ready_ = false;

    std::thread thread_;
    std::optional<sys::Waker> ended_; ///< for who reads beside it
    std::optional<sys::Waker> waker_; ///< for `thread_`
    std::optional<sys::EventSet> events_; ///< for a foreign loop

    /// For `forward`: what may be signalled, found without a lock.
    std::vector<std::atomic<sys::Process*>> forwardable_;

    std::optional<CompletedProcess> result_;
};

} // namespace runnel::inline v0
