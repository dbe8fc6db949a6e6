// A started expression, shared by those who wait for it, signal it and read
// from it.
#pragma once

#include "job/job_loop.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"
#include "text/text_codec.hpp"

#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/timeout.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace runnel::inline v0 {

/// Sees to it that one at a time drives the loop, without the lock, while
/// others wait, ask and send signals. What those need is kept apart from the
/// loop, under the lock.
class JobState {
public:
    JobState(Plan plan, RunOptions const& options);
    JobState(JobState const&) = delete;
    JobState& operator=(JobState const&) = delete;
    /// Tears down what still runs.
    ~JobState();

    /// Starts the first commands; throws what `TreeRun::start` throws.
    void start(std::optional<std::string_view> input);

    /// Makes it usable from several threads at once; `run` can do without.
    /// With `Pump::thread`, a thread of ours drives, if anything must be
    /// moved or timed.
    void share();

    /// Drives, or waits for who does; false if `deadline` passes first.
    bool wait(sys::Deadline deadline);

    /// Drives until `out` can be read, or a read may block. False if nothing
    /// more shall be read. Throws `TimeoutExpired` or `StopRequested` if a
    /// stranger holds the pipe longer than the job may take.
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

    /// Lets captures be looked at while it runs; see `take_captured`.
    void read_piecewise() { loop_.make_wakeable(); }

    /// Drives once; waits for something to happen. True if all has ended.
    bool turn();

    /// Gives what was captured of each stage since the last call.
    template <class Take>
    void take_captured(Take take)
    {
        for (auto& slot : loop_.tree().captures())
            if (slot.target == nullptr && !slot.is_copy)
                take(loop_.tree().stage_of(slot), slot.stream,
                     slot.drain->bytes);
    }

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

    /// Signals every running stage; lists do not go on.
    void send_signal(int signal);

    /// The same from a signal handler; lists go on.
    void forward(int signal) const noexcept;

    /// Ends it by the plan of the options.
    void tear_down() noexcept;

    std::size_t size() const noexcept { return children_.size(); }
    std::vector<int> pids() const;
    std::vector<std::optional<ExitStatus>> statuses() const;

    // For a foreign event loop.
    /// `with_output`: it is also ready when `out` can be read.
    int event_fd(bool with_output);
    std::optional<sys::Deadline> next_deadline() const;
    bool step();

private:
    class Driving;
    using Lock = std::unique_lock<std::mutex>;

    void start_loop(std::optional<std::string_view> input);
    void publish();
    bool wait_for_news(Lock& lock);
    void need_output_in_time(Lock& lock);
    void close_streams() noexcept;
    bool waits_for_stranger() const noexcept;
    void arm_events() noexcept;

    void make_result();
    void make_outputs();
    void make_text();
    StageResult stage_result(std::size_t index);
    void add_outputs(CompletedProcess& result) const;
    [[noreturn]] void throw_reason();

    std::optional<TextMode> text_;
    bool is_text_ = false; ///< the result is
    std::string encoded_input_;
    JobLoop loop_; ///< belongs to who drives

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool driven_ = false;
    bool threaded_ = false; ///< by a thread of ours, to the end
    bool ended_ = false;
    bool cut_off_ = false; ///< will not come, or did not, to its own end
    int last_signal_ = 0; ///< for children that come up while it is sent
    /// Null: not started. Found without the lock by `forward`.
    std::vector<std::atomic<detail::PopenState*>> children_;
    sys::Deadline next_deadline_ = sys::never;

    std::thread thread_;
    std::optional<sys::Waker> news_; ///< for who reads `out` beside a driver
    std::optional<sys::EventSet> events_; ///< for a foreign loop
    bool watches_output_ = false; ///< by `events_`

    std::optional<CompletedProcess> result_;
};

} // namespace runnel::inline v0
