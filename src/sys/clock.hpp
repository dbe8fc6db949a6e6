// Points in time.
#pragma once

#include <runnel/timeout.hpp>

#include <chrono>

namespace runnel::inline v0::sys {

using Clock = std::chrono::steady_clock;

/// The point in time at which a wait ends; the latest one stands for "never".
using Deadline = Clock::time_point;

inline constexpr Deadline never = Deadline::max();

/// Now plus `timeout`; saturates.
Deadline deadline_after(Timeout timeout) noexcept;

} // namespace runnel::inline v0::sys
