// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/retry.hpp>

#include <cmath>
#include <stdexcept>

namespace runnel::inline v0 {

Backoff Backoff::growing(Nanoseconds first, Nanoseconds limit, double factor)
{
    if (!(factor >= 1) || limit < first)
        throw std::invalid_argument("Backoff::growing: the factor must be at "
                                    "least 1, and the limit at least the "
                                    "first wait");
    Backoff made(first);
    made.limit_ = Timeout(limit).limit();
    made.factor_ = factor;
    return made;
}

Backoff::Nanoseconds Backoff::after(std::size_t failures) const noexcept
{
    auto const exponent = static_cast<double>(failures) - 1;
    auto const wait =
        static_cast<double>(first_.count()) * std::pow(factor_, exponent);
    // An overflow is infinite, and 0 times infinity is NaN.
    if (failures == 0 || first_.count() == 0)
        return first_;
    return wait < static_cast<double>(limit_.count())
             ? Nanoseconds(static_cast<Nanoseconds::rep>(wait))
             : limit_;
}

} // namespace runnel::inline v0
