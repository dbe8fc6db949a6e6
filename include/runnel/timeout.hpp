// How long to wait: any std::chrono duration, or for ever.
//
//     child.wait(300ms);
//     child.wait(1.5s);
//     child.wait(Timeout::forever());
#pragma once

#include <chrono>
#include <limits>
#include <stdexcept>

namespace runnel::inline v0 {

/// A limit on waiting, made from any `std::chrono` duration.
///
/// Zero or less checks once and does not wait. A duration that is too long for
/// the clock, also an infinite one, means for ever: it saturates and does not
/// wrap. A NaN is `std::invalid_argument`. Time is that of the steady clock.
class Timeout {
public:
    using Nanoseconds = std::chrono::nanoseconds;

    /// For ever.
    constexpr Timeout() noexcept = default;

    template <class Rep, class Period>
    constexpr Timeout(std::chrono::duration<Rep, Period> limit)
        : limit_(saturate(limit))
    {
    }

    static constexpr Timeout forever() noexcept { return {}; }

    constexpr bool is_forever() const noexcept
    {
        return limit_ == Nanoseconds::max();
    }

    /// The limit, never negative; `Nanoseconds::max()` means for ever.
    constexpr Nanoseconds limit() const noexcept { return limit_; }

    /// The limit in seconds; infinity for ever.
    constexpr double seconds() const noexcept
    {
        return is_forever() ? std::numeric_limits<double>::infinity()
                            : std::chrono::duration<double>(limit_).count();
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

    Nanoseconds limit_ = Nanoseconds::max();
};

} // namespace runnel::inline v0
