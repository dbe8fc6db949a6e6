// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_upkeep.hpp"

#include "job/job_state.hpp"

#include <runnel/error.hpp>

namespace runnel::inline v0 {

// If the job was ended early, an outside process may still hold the pipe. What
// that process will write is not waited for.
bool JobUpkeep::wait(std::span<sys::PollItem> items, sys::Deadline until)
{
    if (!job_.wait(until, items))
        return true;
    bool const is_over = job_.is_cut_off();
    auto const ready = sys::poll(items, is_over ? sys::Deadline::min() : until);
    if (!ready)
        throw SystemError(ready.error, "cannot wait for a job");
    return ready.value > 0 || !is_over;
}

void JobUpkeep::throw_if_ended_early()
{
    if (!job_.is_cut_off())
        return;
    job_.wait(sys::never);
    job_.throw_if_ended_early();
}

} // namespace runnel::inline v0
