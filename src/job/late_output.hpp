// The output of a job that is still read when all of its children have ended.
#pragma once

#include "io/leftover.hpp"
#include "job/job_driver.hpp"
#include "sys/clock.hpp"

#include <runnel/stream.hpp>

#include <cstddef>

namespace runnel::inline v0 {

/// How long a pipe may be read that a process which the children left behind
/// still holds: until the drain limit or the time limit of the job.
class LateOutput {
public:
    /// Both must outlive it.
    LateOutput(JobDriver const& driver, ReadStream& out)
        : driver_(driver), out_(out)
    {
    }

    /// All children have ended, now.
    void begin() noexcept
    {
        if (!driver_.options().drain.is_forever())
            begun_ = sys::Clock::now();
    }

    /// When the time is over.
    sys::Deadline deadline() const noexcept;

    /// True if `out`, which is readable, may be read. After the deadline, what
    /// was written until then still may.
    bool may_be_read() noexcept
    {
        return deadline() > sys::Clock::now() || leftover_.has_more(out_.fd());
    }

    /// So many bytes were read.
    void took(std::size_t count) noexcept { leftover_.took(count); }

    /// Closes `out`, though there may be more to come.
    void give_up();

    bool was_drained() const noexcept { return was_drained_; }

private:
    JobDriver const& driver_;
    ReadStream& out_;
    sys::Deadline begun_ = sys::never;
    Leftover leftover_;
    bool was_drained_ = true;
};

} // namespace runnel::inline v0
