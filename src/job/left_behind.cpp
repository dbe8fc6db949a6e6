// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/left_behind.hpp"

#include <algorithm>

namespace runnel::inline v0 {

LeftBehind::LeftBehind(Stages& stages, bool is_possible)
    : stages_(stages), count_(is_possible ? stages.roster().size() : 0)
{
    ending_.reserve(count_);
}

sys::Deadline LeftBehind::deadline() const noexcept
{
    auto earliest = sys::never;
    for (auto const index : ending_)
        earliest = std::min(earliest, stages_.ending(index).due());
    return earliest;
}

bool LeftBehind::has_left_some(std::size_t index) const noexcept
{
    auto const* const child = stages_.child(index);
    return child != nullptr && !stages_.is_running(index)
        && !child->process->wait_for_others(sys::Deadline::min());
}

void LeftBehind::add(std::size_t index) noexcept
{
    if (std::ranges::find(ending_, index) == ending_.end())
        ending_.push_back(index);
}

void LeftBehind::command_ended(std::size_t index) noexcept
{
    if (stages_.ending(index).has_begun() && has_left_some(index))
        add(index);
}

void LeftBehind::end(std::size_t index, Teardown const& how) noexcept
{
    if (!has_left_some(index))
        return;
    stages_.ending(index).begin(how);
    add(index);
    go_on(sys::Clock::now());
}

void LeftBehind::end_all(Teardown const& how) noexcept
{
    for (std::size_t i = 0; i < count_; ++i)
        end(i, how);
}

void LeftBehind::go_on(sys::Clock::time_point now) noexcept
{
    std::erase_if(ending_, [&](std::size_t index) {
        auto& ending = stages_.ending(index);
        return !has_left_some(index)
            || !ending.go_on(*stages_.child(index), now)
            || ending.is_exhausted();
    });
}

void LeftBehind::release() noexcept
{
    for (std::size_t i = 0; i < count_; ++i)
        if (auto* const child = stages_.child(i))
            child->process->release();
}

} // namespace runnel::inline v0
