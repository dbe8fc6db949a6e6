// Points in time.
#pragma once

#include <runnel/timeout.hpp>

#include <chrono>

namespace runnel::inline v0::sys {

using Clock = std::chrono::steady_clock;

/// A point in time to wait for at most; the latest one stands for "never".
using Deadline = Clock::time_point;

inline constexpr Deadline never = Deadline::max();

/// `timeout` from now; saturates.
Deadline deadline_after(Timeout timeout) noexcept;

} // namespace runnel::inline v0::sys
