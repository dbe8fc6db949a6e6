// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/teardown.hpp>

#include "sys/signal.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace runnel::inline v0 {

namespace {

constexpr TeardownStep default_step;

void check_step(TeardownStep const& step)
{
    if (step.signal != 0 && !sys::is_signal(step.signal))
        throw std::invalid_argument("teardown: there is no signal "
                                    + std::to_string(step.signal));
}

} // namespace

Teardown::Teardown(std::span<TeardownStep const> steps) : count_(0)
{
    std::ranges::for_each(steps, check_step);
    auto const end =
        std::ranges::find(steps, sys::signals::kill, &TeardownStep::signal);
    std::vector<TeardownStep> kept;
    std::ranges::copy_if(
        steps.begin(), end, std::back_inserter(kept),
        [](auto const& step) { return step.grace.count() > 0; });
    if (kept.empty())
        return;
    auto const own = std::make_shared<TeardownStep[]>(kept.size());
    std::ranges::copy(kept, own.get());
    steps_ = own;
    count_ = kept.size();
}

std::span<TeardownStep const> Teardown::steps() const noexcept
{
    return {steps_ ? steps_.get() : &default_step, count_};
}

std::chrono::nanoseconds Teardown::grace() const noexcept
{
    auto sum = std::chrono::nanoseconds(0);
    for (auto const& step : steps())
        sum = step.grace < sum.max() - sum ? sum + step.grace : sum.max();
    return sum;
}

bool Teardown::operator==(Teardown const& other) const noexcept
{
    return std::ranges::equal(steps(), other.steps());
}

} // namespace runnel::inline v0
