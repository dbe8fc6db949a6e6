// A program that was started, shared by those who wait for it, signal it and
// read from it.
#pragma once

#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "text/text_codec.hpp"

#include <runnel/executor.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/stream.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Drives a `Running`, whoever made it, and sees to what is the same for all:
/// the time limit, the stop token, text mode, `check`.
///
/// One thread at a time drives, without the lock, while others wait, ask and
/// send signals. What those need is kept apart, under the lock.
class JobState {
public:
    explicit JobState(RunOptions const& options);
    JobState(JobState const&) = delete;
    JobState& operator=(JobState const&) = delete;
    /// Tears down what still runs.
    ~JobState();

    /// Copies the input of the options, which the caller's need not outlive.
    void keep_input();

    /// Starts the first commands; throws what `Executor::start` throws.
    void start(Executor& executor, Program program);

    /// Makes it usable from several threads at once; `run` can do without.
    /// With `Pump::thread`, a thread of ours drives, if anything must be
    /// moved, timed or told.
    void share();

    /// Drives, or waits for the thread that drives. False if `deadline` passes
    /// first.
    bool wait(sys::Deadline deadline);

    /// Drives until `out` can be read, or a read may block. False if nothing
    /// more shall be read.
    bool wait_for_output();

    enum class OutputState : unsigned char {
        none, ///< not yet
        ready, ///< a read will not block
        over, ///< nothing more shall be read
    };

    /// The same, without waiting.
    OutputState look_for_output();

    /// Closes `out`, whose end was read.
    void close_output();

    /// Closes `out`: nobody reads what the stages write. They are ended as
    /// after a teardown, and forgiven.
    void leave_output();

    /// Drives once; waits for something to happen. True if all has ended.
    bool turn();

    /// See `Running::take_tapped`. By the thread that drives.
    void take_tapped(Running::Taps& taps) { running_->take_tapped(taps); }

    // Driven by hand; those that were not asked for are not open.
    WriteStream in;
    ReadStream out;
    ReadStream err;

    /// The outcome, after the end. Throws if the job did not come to its own
    /// end; with `check` in the options, also for a failure.
    CompletedProcess& result();

    /// True if the end of its output may be our own doing.
    bool is_cut_off() const
    {
        Lock const lock(mutex_);
        return cut_off_;
    }

    /// Throws as `result` does if the job has ended, but not by itself.
    void throw_if_ended_early();

    void send_signal(int signal);

    /// The same from a signal handler; lists go on.
    void forward(int signal) const noexcept;

    /// Ends it by the plan of the options.
    void tear_down() noexcept;

    std::size_t size() const noexcept { return size_; }
    std::vector<int> pids() const;
    std::vector<std::optional<ExitStatus>> statuses();

    // For a foreign event loop.
    /// `with_output`: it is also ready when `out` can be read.
    int event_fd(bool with_output);
    std::optional<sys::Deadline> next_deadline() const;
    bool step();

private:
    class Driving;
    using Lock = std::unique_lock<std::mutex>;

    /// Why it ended.
    enum class Reason : unsigned char {
        own_end,
        expired,
        stopped,
        cancelled, ///< with the job in whose thread it was driven
    };

    void begin(Executor& executor, Program program);
    void note(Program const& program);
    void open_streams();

    // Driving, without the lock.
    void drive(sys::Deadline until, int other_fd = -1) noexcept;
    bool wait_alone(sys::Deadline until, int other_fd);
    void wait_for_something(sys::Deadline until, int other_fd);
    void add_own_items(int other_fd);
    void look_for_requests() noexcept;
    void look_at_clock() noexcept;
    void end(Reason reason, Teardown const& how) noexcept;
    sys::Deadline deadline() const;
    int stop_fd() const noexcept;

    // Under the lock.
    void publish();
    bool wait_for_news(Lock& lock);
    bool wait_for_stranger(Lock& lock);
    sys::Deadline stranger_deadline() const noexcept;
    void give_stranger_up();
    void close_streams() noexcept;
    bool waits_for_stranger() const noexcept;
    void arm_events() noexcept;
    void let_go_of_descriptors() noexcept;

    void make_result();
    void make_text();
    [[noreturn]] void throw_reason();
    std::string command() const;

    RunOptions options_;
    std::optional<TextMode> text_;
    std::string encoded_input_;
    sys::Deadline const time_limit_;
    std::unique_ptr<Running> running_; ///< belongs to the thread that drives
    std::string command_; ///< in messages, if it was not even started
    std::size_t size_ = 0; ///< how many commands there are
    /// Strings that get what was captured, and from which streams.
    std::vector<std::pair<std::string*, int>> targets_;

    // Of the thread that drives.
    Reason reason_ = Reason::own_end;
    std::vector<Awaited> items_;
    std::size_t running_items_ = 0; ///< those of `running_` come first
    bool other_is_ready_ = false;

    std::atomic<bool> teardown_requested_{false};
    std::atomic<bool> cancel_requested_{false};

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<sys::Waker> waker_; ///< interrupts the wait of the driver
    bool driven_ = false;
    bool threaded_ = false; ///< by a thread of ours, to the end
    bool ended_ = false;
    bool cut_off_ = false; ///< will not come, or did not, to its own end
    bool out_was_drained_ = true;
    sys::Deadline ended_at_ = sys::never;
    sys::Deadline next_deadline_ = sys::never;

    std::thread thread_;
    std::optional<sys::Waker> news_; ///< for readers of `out` beside a driver
    int news_readers_ = 0;
    std::optional<sys::EventSet> events_; ///< for a foreign loop
    bool watches_output_ = false; ///< by `events_`

    bool is_text_ = false; ///< the result is
    std::optional<CompletedProcess> result_;
};

} // namespace runnel::inline v0
