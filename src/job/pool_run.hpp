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

    // What the loop watches for this run.

    std::vector<sys::PollItem> items; ///< what is ready is marked
    std::vector<int> watched; ///< the descriptors that the loop watches
    bool is_touched = false; ///< an item is ready
    bool is_blind = false; ///< some items must be polled
    sys::Deadline due = sys::never;

private:
    void speak(Program const& program);

    ParallelOptions const& options_;
    PoolOutput& output_;
    PoolJob job_;
    std::optional<PoolVoice> voice_;
    JobDriver driver_;
    JobRecord record_;
};

} // namespace runnel::inline v0
