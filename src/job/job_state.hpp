// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A started program, shared between threads that wait for it, signal it and
// read its output.
#pragma once

#include "job/end_board.hpp"
#include "job/job_driver.hpp"
#include "job/job_record.hpp"
#include "job/job_streams.hpp"
#include "job/job_upkeep.hpp"
#include "job/late_output.hpp"
#include "job/reader_news.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/executor.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace runnel::inline v0 {

/// One thread at a time runs the event loop, without holding the lock.
/// Meanwhile other threads wait, ask for statuses and send signals; the data
/// that they need is kept apart, under the lock.
class JobState {
public:
    /// What the streams of the job carry.
    enum class Carries : unsigned char {
        as_asked, ///< text in text mode, else bytes
        bytes, ///< also in text mode: a range decodes them
    };

    explicit JobState(RunOptions const& options,
                      Carries carries = Carries::as_asked);
    JobState(JobState const&) = delete;
    JobState& operator=(JobState const&) = delete;
    /// Tears down what still runs.
    ~JobState();

    /// Starts the first commands; throws what `Executor::start` throws.
    /// `keeps_input`: see `JobDriver::prepare`.
    void start(Executor& executor, Program&& program, bool keeps_input = false);

    /// Makes the job usable from several threads at once; `run` does without.
    /// With `Pump::thread`, a thread of the job runs the loop if there are
    /// bytes to move, limits to enforce or events to report.
    void share();

    /// Runs the event loop, or waits for the thread that is running it, until
    /// the job has ended, `deadline` has passed or one of `others` is ready.
    /// Returns true if the job has ended.
    bool wait(sys::Deadline deadline, std::span<sys::PollItem> others = {});

    /// Runs the event loop until `out` can be read, or a blocking read is
    /// allowed. Returns false if `out` must not be read any more.
    bool wait_for_output();

    enum class OutputState : unsigned char {
        none, ///< not yet
        ready, ///< a read will not block
        over, ///< `out` must not be read any more
    };

    /// The same, without waiting.
    OutputState look_for_output();

    /// `count` bytes of the pipe behind `out` were read.
    void took_output(std::size_t count);

    /// Closes `out` after its end of file was read.
    void close_output();

    /// Closes `out` early: nothing reads what the stages write. They are ended
    /// by the teardown of the options, and do not count as failed.
    void leave_output();

    /// See `Running::take_tapped`. Call it from the thread that runs the loop.
    void take_tapped(Running::Taps& taps)
    {
        if (auto* const running = driver_.running())
            running->take_tapped(taps);
    }

    JobStreams streams;

    /// The boards that the job tells its end to.
    class Watchers {
    public:
        explicit Watchers(JobState& job) : job_(job) {}

        /// Tells `board` what becomes of the job, which has this number there.
        /// Throws `std::system_error` if there is no descriptor for it.
        void add(std::shared_ptr<EndBoard> const& board, std::size_t number);

        void remove(EndBoard const& board, std::size_t number) noexcept;

    private:
        friend class JobState;
        struct Watcher {
            std::weak_ptr<EndBoard> board;
            std::size_t number;
        };

        void make_events(EndBoard& board, std::size_t number);
        void close_events() noexcept;
        void tell() noexcept;
        void drop_all() noexcept;

        JobState& job_;
        std::vector<Watcher> all_;
    };
    Watchers watchers{*this};

    enum class Asked : bool {
        once, ///< the result may be moved away
        again,
    };

    /// The outcome of the job, after its end. Throws if the job was ended
    /// early; with `check` in the options, also if it failed.
    CompletedProcess result(Asked asked);

    /// True if end of file on a stream may only mean that the library ended the
    /// job. The thread that runs the loop may be doing so right now.
    bool is_cut_off() const
    {
        Lock const lock(mutex_);
        return cut_off_ || driver_.reason() != JobDriver::Reason::own_end;
    }

    /// Throws as `result` does if the job has ended early.
    void throw_if_ended_early();

    void send_signal(int signal);

    /// The same from a signal handler; lists go on.
    void forward(int signal) const noexcept;

    /// Lets the loop end `job` as a stop request does, and does not wait.
    friend void request_stop(JobState& job) noexcept;

    /// Ends the job now. `how`: null for the teardown of the options.
    void tear_down(Teardown const* how = nullptr) noexcept;

    /// Forgets what runs, which goes on. Throws `std::logic_error` if it needs
    /// this process.
    void detach();

    std::size_t size() const noexcept { return size_; }
    std::vector<int> pids() const;
    std::vector<std::optional<ExitStatus>> statuses();

    /// See `to_string(Job)`.
    std::string text() const;

    // For an event loop of the caller.
    /// `with_output`: the descriptor is also ready when `out` can be read.
    int event_fd(bool with_output);
    std::optional<sys::Deadline> next_deadline() const;
    /// Runs one turn of the event loop, which waits for an event until `until`
    /// at most, unless another thread runs the loop. True if the job has ended.
    bool step(sys::Deadline until = sys::Deadline::min());

private:
    class Driving;
    using Lock = std::unique_lock<std::mutex>;

    // Under the lock.
    void publish();
    OutputState take_late(LateOutput::State state);
    void arm_events() noexcept;

    JobDriver driver_; ///< belongs to the thread that runs the loop
    Carries const carries_;
    JobRecord record_;
    std::size_t size_ = 0; ///< how many commands there are

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool driven_ = false;
    bool threaded_ = false; ///< the job's own thread runs the loop
    bool ended_ = false;
    std::int64_t end_number_ = 0; ///< counts the ends of this process
    bool is_detached_ = false; ///< nothing runs the loop any more
    bool cut_off_ = false; ///< it was, or will be, ended early
    LateOutput late_{driver_, streams.out};
    sys::Deadline next_deadline_ = sys::never;

    std::thread thread_;
    ReaderNews news_; ///< for readers of streams beside the loop
    JobUpkeep upkeep_{*this};
    std::optional<sys::EventSet>
        events_; ///< for a loop of the caller, and boards
    bool events_are_given_ = false; ///< to a loop of the caller
    std::vector<sys::PollItem> event_items_; ///< what `events_` watches
    bool watches_output_ = false; ///< `events_` watches `out`
};

void request_stop(JobState& job) noexcept;

} // namespace runnel::inline v0
