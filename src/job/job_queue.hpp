// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Programs that wait for their turn, and the results of those that have ended:
// between the callers of a pool and its thread.
#pragma once

#include "job/pool_job.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/job_set.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// Thread safe. A result can be given once; a caller that waits for one can be
/// cancelled, as everything in an in-process stage.
class JobQueue {
public:
    /// `most`: how many may run at once. `window`: how many may be there without a
    /// result that was given, before there is no more room.
    JobQueue(std::size_t most, std::size_t window, ResultOrder order)
        : most_(most), window_(window), order_(order)
    {
    }
    JobQueue(JobQueue const&) = delete;
    JobQueue& operator=(JobQueue const&) = delete;

    // --- for callers -------------------------------------------------------------

    /// Returns the index of the job.
    std::size_t add(PoolJob&& job);

    /// Waits for the next result, at most until `until`. Nothing if that passes
    /// first or no result is left.
    std::optional<Finished> next(sys::Deadline until);

    /// How many jobs have no result yet that was given.
    std::size_t size() const;

    /// How many more could run at once; 0 once nothing is started any more.
    std::size_t room() const;

    /// Waits until there is room, then returns true, or `next` has not to wait.
    bool wait_for_room();

    /// Readable while `next` does not have to wait.
    int fd();

    /// Asks the thread to start nothing more and to end what runs. With
    /// `close`, results are not wanted any more either.
    void stop();
    void close() noexcept;

    // --- for the thread of the pool ----------------------------------------------

    /// Moves jobs that may be started now to `into`, which does not grow. Returns
    /// false once stopped: then they are not to be started.
    bool take(std::vector<PoolJob>& into);

    /// A job that was taken has ended, or never will be run; its result is set.
    /// Callers that wait for it go on at the next `tell`.
    void give(PoolJob&& job) noexcept;

    /// A job that was taken is to be taken again, not before `when`.
    void put_back(PoolJob&& job, sys::Deadline when);

    /// Wakes the callers for whom there is news since the last time. Once for all that
    /// was given, and without the lock: a caller that wakes takes it at once.
    void tell() noexcept;

    /// Returns `min()` if there is something to do at once: a job to take, or a
    /// request that the thread does not know. Otherwise returns when the next job
    /// can be taken that now must wait. From then on a new job or request makes
    /// `news_fd` readable, until `end_wait`, which must follow in this case only.
    sys::Deadline begin_wait(bool knows_stop, bool knows_close);
    void end_wait() noexcept;
    int news_fd() const noexcept { return loop_news_.fd(); }

    bool is_stopped() const;
    bool is_closed() const;

private:
    using Lock = std::unique_lock<std::mutex>;

    std::size_t room_now() const noexcept;
    bool has_next() const noexcept;
    bool can_take() const noexcept;
    void wait(Lock& lock, sys::Deadline until);
    void wake_loop() noexcept;
    void wake_polling() noexcept;

    std::size_t const most_;
    std::size_t const window_;
    ResultOrder const order_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<PoolJob> waiting_;
    std::multimap<sys::Deadline, PoolJob> later_; ///< put back
    FinishedJobs done_;
    std::size_t added_ = 0;
    std::size_t ended_ = 0;
    std::size_t given_ = 0;
    std::size_t running_ = 0; ///< taken, and neither given nor put back
    bool is_stopped_ = false;
    bool is_closed_ = false;
    bool loop_waits_ = false;
    bool has_untold_ = false; ///< something was given or put back
    int waiting_for_room_ = 0; ///< so many callers
    int polling_ = 0; ///< callers that wait with `news_`
    sys::Waker loop_news_;
    std::optional<sys::Waker> news_; ///< for callers that poll
};

} // namespace runnel::inline v0
