// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Points in time.
#pragma once

#include <runnel/timeout.hpp>

#include <chrono>
#include <string>

namespace runnel::inline v0::sys {

using Clock = std::chrono::steady_clock;

/// The point in time at which a wait ends; the latest one stands for "never".
using Deadline = Clock::time_point;

inline constexpr Deadline never = Deadline::max();

/// `12:03:07`, in the time zone of this process.
std::string time_of_day(std::chrono::system_clock::time_point point);

/// The same point in time by the clock on the wall.
inline std::chrono::system_clock::time_point
on_the_wall(Clock::time_point point)
{
    auto const ago = Clock::now() - point;
    return std::chrono::system_clock::now()
         - std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
}

/// When a wait that begins now ends.
inline Deadline deadline_after(Timeout timeout) noexcept
{
    return timeout.deadline();
}

} // namespace runnel::inline v0::sys
