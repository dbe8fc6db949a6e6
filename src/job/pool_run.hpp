// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program of a pool that runs.
#pragma once

#include "job/job_driver.hpp"
#include "job/job_record.hpp"
#include "job/pool_job.hpp"
#include "job/pool_output.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/job_set.hpp>

#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// Used by the thread of the pool alone.
class PoolRun {
public:
    /// Both must outlive this object.
    PoolRun(ParallelOptions const& options, PoolOutput& output)
        : options_(options), output_(output), driver_(options.run)
    {
    }

    /// Starts the first commands of `job`; `confirm` must follow. The job keeps its
    /// program if the options allow a further run.
    void start(PoolJob&& job);
    void confirm();

    /// Acts on what has happened; see `JobDriver::act`.
    void act() noexcept;

    JobDriver& driver() noexcept { return driver_; }
    PoolJob& job() noexcept { return job_; }

    /// Sets the result of the job after the end of the program.
    void finish() noexcept;

    // What the loop waits for.

    /// Adds the descriptors that this run waits for to `set`. Item i of them has the
    /// number `first` + i; there are at most `most`. What cannot be watched is
    /// polled: a file, which is always ready, or a descriptor of this process that
    /// another run waits for as well.
    void watch(sys::ReadySet& set, sys::ReadySet::Number first,
               std::size_t most);

    /// Before descriptors may be closed; see `ReadySet::remove`.
    void forget(sys::ReadySet& set) noexcept;

    void note_ready(std::size_t item) { items_[item].ready = true; }

    /// When to act, though nothing that is watched is ready.
    sys::Deadline look_at_deadline();

    bool is_touched = false; ///< it is to act in this turn
    sys::Deadline due = sys::never; ///< as the loop knows it

private:
    void speak(Program const& program);

    ParallelOptions const& options_;
    PoolOutput& output_;
    PoolJob job_;
    std::optional<PoolVoice> voice_;
    JobDriver driver_;
    JobRecord record_;
    std::vector<sys::PollItem> items_; ///< what is ready is marked
    std::vector<int> watched_;
    bool is_blind_ = false; ///< some items must be polled
};

} // namespace runnel::inline v0
