// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The thread of a pool: it runs the event loops of many programs as one.
#pragma once

#include "job/job_queue.hpp"
#include "job/pool_output.hpp"
#include "job/pool_run.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/job_set.hpp>

#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// A turn costs as much as there is to do, however many programs run: the
/// descriptors of all are in one set, and their deadlines are sorted.
///
/// Programs are started without waiting until they execute. The next turn waits for
/// that, so that several start at once, on all processors.
class PoolLoop {
public:
    /// Both must outlive this object.
    PoolLoop(JobQueue& queue, ParallelOptions const& options);
    PoolLoop(PoolLoop const&) = delete;
    PoolLoop& operator=(PoolLoop const&) = delete;
    /// The queue must be closed. Waits until what runs has ended.
    ~PoolLoop();

private:
    using Number = sys::ReadySet::Number;
    using Slot = std::size_t;

    void work() noexcept;
    void turn();
    bool is_over() const noexcept
    {
        return has_closed_ && free_.size() == runs_.size();
    }

    void start_taken();
    static void refuse(PoolJob const& job) noexcept;
    void start(PoolJob&& job);
    void confirm(std::vector<Slot>& begun);
    void look_at_requests();

    int stop_fd() const noexcept;
    void wait();
    void look(sys::Deadline until);
    void note_ready(std::span<Number const> numbers);
    void act_on_touched();
    void touch_due();
    void touch(Slot slot);
    void settle(Slot slot);

    void watch(Slot slot);
    void forget(Slot slot) noexcept;
    void set_due(Slot slot, sys::Deadline due);

    void fail(Slot slot) noexcept;
    void end(Slot slot) noexcept;
    PoolJob take_out(Slot slot) noexcept;
    void give(PoolJob&& job) noexcept;
    void give_shown() noexcept;
    bool is_to_run_again(Finished const& finished) const noexcept;

    JobQueue& queue_;
    ParallelOptions const& options_;
    std::vector<PoolJob> taken_;
    std::vector<std::unique_ptr<PoolRun>> runs_; ///< by slot; null: free
    std::vector<Slot> free_;
    std::vector<Slot> begun_; ///< in this turn; to be confirmed
    std::vector<Slot> earlier_; ///< the same, in the turn before
    std::vector<Slot> touched_; ///< they are to act
    std::set<std::pair<sys::Deadline, Slot>> due_;
    PoolOutput output_;
    std::vector<PoolJob> unshown_; ///< ended, but not all is shown
    bool has_stopped_ = false;
    bool has_closed_ = false;
    sys::ReadySet ready_;
    std::thread thread_; ///< the last to be made
};

} // namespace runnel::inline v0
