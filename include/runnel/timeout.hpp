// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How long to wait: any std::chrono duration, until a point in time, or for ever.
//
//     child.wait(300ms);
//     child.wait(1.5s);
//     child.wait(std::chrono::steady_clock::now() + 10s);
//     child.wait(Timeout::forever());
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <type_traits>

namespace runnel::inline v0 {

// `using namespace runnel` is enough to write 2s and 500ms.
using namespace std::chrono_literals;

/// A limit on waiting: a duration, counted from the beginning of the wait, or a
/// point in time.
///
/// A duration of zero or less, and a point that has passed, check once and do
/// not wait. What is too long for the clock, also an infinite duration, means
/// for ever: it saturates and does not wrap. A NaN is `std::invalid_argument`.
/// Time is that of the steady clock.
class Timeout {
public:
    using Clock = std::chrono::steady_clock;
    using Nanoseconds = std::chrono::nanoseconds;

    /// For ever.
    constexpr Timeout() noexcept = default;

    template <class Rep, class Period>
    constexpr Timeout(std::chrono::duration<Rep, Period> limit)
        : limit_(saturate(limit))
    {
    }

    /// Until `point`. One deadline can bound several waits in a row.
    template <class Duration>
    constexpr Timeout(std::chrono::time_point<Clock, Duration> point)
        : limit_(saturate(point.time_since_epoch())), is_point_(!is_forever())
    {
    }

    template <
        class T RUNNEL_REFUSED_BECAUSE("a time limit has a unit: write 2s or "
                                       "1500ms, with using namespace runnel")>
        requires std::is_arithmetic_v<T>
    RUNNEL_REFUSED_MEMBER("a time limit has a unit: write 2s or 1500ms, with "
                          "using namespace runnel") Timeout(T) RUNNEL_DELETED;

    static constexpr Timeout forever() noexcept { return {}; }

    constexpr bool is_forever() const noexcept
    {
        return limit_ == Nanoseconds::max();
    }

    /// True if it was made from a point in time.
    constexpr bool is_point() const noexcept { return is_point_; }

    /// The point in time at which a wait that begins at `begin` ends; `max()`
    /// for ever.
    constexpr Clock::time_point
    deadline(Clock::time_point begin = Clock::now()) const noexcept
    {
        auto const latest = Clock::time_point::max();
        if (is_point_)
            return Clock::time_point(limit_);
        return is_forever() || limit_ >= latest - begin ? latest
                                                        : begin + limit_;
    }

    /// The limit, never negative; `Nanoseconds::max()` means for ever. Of a
    /// point in time: the time from now until then.
    constexpr Nanoseconds limit() const noexcept
    {
        return is_point_ ? left_until(Clock::time_point(limit_)) : limit_;
    }

    /// `limit()` in seconds; infinity for ever.
    constexpr double seconds() const noexcept
    {
        return is_forever() ? std::numeric_limits<double>::infinity()
                            : std::chrono::duration<double>(limit()).count();
    }

private:
    template <class Rep, class Period>
    static constexpr Nanoseconds
    saturate(std::chrono::duration<Rep, Period> limit)
    {
        std::chrono::duration<long double> const wanted = limit;
        if (wanted.count() != wanted.count())
            throw std::invalid_argument("a timeout is not a number (NaN)");
        // 290 years; a second is left so that rounding cannot overflow.
        constexpr auto longest =
            std::chrono::duration_cast<std::chrono::seconds>(Nanoseconds::max())
            - std::chrono::seconds(1);
        if (wanted >= longest)
            return Nanoseconds::max();
        if (wanted.count() <= 0)
            return Nanoseconds::zero();
        if constexpr (std::chrono::treat_as_floating_point_v<Rep>)
            return std::chrono::round<Nanoseconds>(wanted);
        else
            return std::chrono::duration_cast<Nanoseconds>(limit);
    }

    static Nanoseconds left_until(Clock::time_point point) noexcept
    {
        auto const now = Clock::now();
        return point > now ? point - now : Nanoseconds::zero();
    }

    Nanoseconds limit_ = Nanoseconds::max(); ///< of a point: since the epoch
    bool is_point_ = false;
};

} // namespace runnel::inline v0
