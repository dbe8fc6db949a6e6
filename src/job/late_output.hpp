// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The output of a job that is read after all of its children have ended.
#pragma once

#include "io/leftover.hpp"
#include "job/job_driver.hpp"
#include "sys/clock.hpp"

#include <runnel/stream.hpp>

#include <cstddef>
#include <mutex>

namespace runnel::inline v0 {

/// Limits how long `out` is read while an outside process still holds the pipe:
/// until the drain limit or the time limit of the job.
class LateOutput {
public:
    /// `driver` and `out` must outlive this object.
    LateOutput(JobDriver const& driver, ReadStream& out)
        : driver_(driver), out_(out)
    {
    }

    /// Called when all children have ended.
    void begin() noexcept
    {
        if (!driver_.options().drain.is_forever())
            begun_ = sys::Clock::now();
    }

    /// When reading must stop.
    sys::Deadline deadline() const noexcept;

    enum class State : unsigned char {
        none, ///< not yet
        ready, ///< a read will not block, or may block
        over, ///< the time is over: `out` is closed
        stopped, ///< a stop was requested
    };

    /// What is there without waiting. `ready`: `out` can be read.
    State look(bool ready);

    /// Waits, without `lock`. Throws if this thread is cancelled.
    State wait(std::unique_lock<std::mutex>& lock);

    /// `count` bytes were read.
    void took(std::size_t count) noexcept { leftover_.took(count); }

    bool was_drained() const noexcept { return was_drained_; }

private:
    bool may_be_read() noexcept;
    State give_up();

    JobDriver const& driver_;
    ReadStream& out_;
    sys::Deadline begun_ = sys::never;
    Leftover leftover_;
    bool was_drained_ = true;
};

} // namespace runnel::inline v0
