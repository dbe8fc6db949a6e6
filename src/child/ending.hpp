// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How a child is ended before its time: the one way for every reason.
#pragma once

#include "sys/clock.hpp"

#include <runnel/teardown.hpp>

#include <chrono>
#include <cstddef>

namespace runnel::inline v0 {

namespace detail {
class PopenState;
} // namespace detail

/// One child's way to its end: the steps of a `Teardown`, then SIGKILL. Not
/// thread safe.
class Ending {
public:
    /// Begins, or replaces what has begun: the first step is due now.
    void begin(Teardown const& how) noexcept
    {
        how_ = how;
        taken_ = 0;
        kills_ = 0;
        due_ = sys::Deadline::min();
        has_begun_ = true;
    }

    bool has_begun() const noexcept { return has_begun_; }

    /// When the next step is due; `never` before the first and after SIGKILL.
    sys::Deadline due() const noexcept { return due_; }

    /// True if all has been done: SIGKILL was sent, in a container several times.
    bool is_exhausted() const noexcept
    {
        return has_begun_ && due_ == sys::never && kills_ != 0;
    }

    /// Sends what is due by `now`. False if the system refuses SIGKILL: such a
    /// child cannot be ended, and must not be waited for.
    bool go_on(detail::PopenState& child, sys::Clock::time_point now) noexcept;

private:
    static constexpr int most_kills = 20;
    static constexpr auto between_kills = std::chrono::milliseconds(50);

    bool kill(detail::PopenState& child, sys::Clock::time_point now) noexcept;

    Teardown how_;
    std::size_t taken_ = 0; ///< steps
    int kills_ = 0;
    bool has_begun_ = false;
    sys::Deadline due_ = sys::never;
};

/// Ends a child and waits for it; one that may not be killed is not waited for.
void end_and_wait(detail::PopenState& child, Teardown const& how) noexcept;

/// The signal that is sent first.
int first_signal(Teardown const& how) noexcept;

/// Throws `std::invalid_argument` if there is no such signal. Signal 0 is allowed:
/// sending 0 only asks whether the child exists.
void check_signal(int signal);

} // namespace runnel::inline v0
