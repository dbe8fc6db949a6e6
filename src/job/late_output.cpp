// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/late_output.hpp"

#include "base/cancel.hpp"
#include "sys/poll.hpp"

#include <algorithm>

namespace runnel::inline v0 {

sys::Deadline LateOutput::deadline() const noexcept
{
    return std::min(driver_.time_limit(),
                    driver_.options().drain.deadline(begun_));
}

/// True if `out`, which is readable, may be read. After the deadline, only bytes
/// that were written before it may.
bool LateOutput::may_be_read() noexcept
{
    return deadline() > sys::Clock::now() || leftover_.has_more(out_.fd());
}

LateOutput::State LateOutput::look(bool ready)
{
    if (driver_.options().stop.stop_requested())
        return State::stopped;
    if (ready && may_be_read())
        return State::ready;
    return deadline() > sys::Clock::now() ? State::none : give_up();
}

LateOutput::State LateOutput::wait(std::unique_lock<std::mutex>& lock)
{
    auto const until = deadline();
    if (until == sys::never && driver_.stop_fd() < 0
        && detail::CancelScope::fd() < 0)
        return State::ready; // a blocking read is allowed
    sys::PollItem items[] = {
        {out_.fd()}, {driver_.stop_fd()}, {detail::CancelScope::fd()}};
    lock.unlock();
    auto const ready = sys::poll(items, until);
    lock.lock();
    detail::CancelScope::check();
    if (items[1].ready)
        return State::stopped;
    bool const may_read = !ready || (items[0].ready && may_be_read());
    return may_read ? State::ready : give_up();
}

/// Closes `out` before its end of file.
LateOutput::State LateOutput::give_up()
{
    was_drained_ = false;
    out_.close();
    return State::over;
}

} // namespace runnel::inline v0
