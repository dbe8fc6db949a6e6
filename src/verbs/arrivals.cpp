// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/arrivals.hpp>

#include "base/cancel.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <algorithm>

namespace runnel::inline v0 {

namespace {

/// A range that is never silent holds the others up for so many lines at most.
constexpr std::size_t lines_between_looks = 256;

} // namespace

Arrivals::Arrivals(std::vector<LineRange> ranges)
    : ranges_(std::move(ranges)), states_(ranges_.size(), State::asked)
{
}

bool Arrivals::has(State state) const
{
    return std::ranges::find(states_, state) != states_.end();
}

void Arrivals::advance()
{
    current_.reset();
    while (taken_ == lines_between_looks || !take()) {
        if (!has(State::asked) && !has(State::silent))
            return;
        look();
    }
    ++taken_;
}

/// Asks each range once, but for those that were silent: that takes a system call.
bool Arrivals::take()
{
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        auto const index = (turn_ + i) % ranges_.size();
        auto& state = states_[index];
        if (state != State::asked)
            continue;
        state = State::over; // if it throws
        auto const line = ranges_[index].try_next();
        if (!line) {
            state = ranges_[index].ended() ? State::over : State::silent;
            continue;
        }
        state = State::asked;
        turn_ = index + 1;
        current_ = {index, *line};
        return true;
    }
    return false;
}

/// Finds out which of the silent ranges are to be asked; waits for one if all are silent.
void Arrivals::look()
{
    taken_ = 0;
    std::vector<sys::PollItem> items{{detail::CancelScope::fd()}};
    std::vector<std::size_t> silent;
    auto until = has(State::asked) ? sys::Deadline::min() : sys::never;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        if (states_[i] != State::silent)
            continue;
        silent.push_back(i);
        items.push_back({ranges_[i].fd()});
        until =
            std::min(until, ranges_[i].next_deadline().value_or(sys::never));
    }
    if (auto const ready = sys::poll(items, until); !ready)
        throw SystemError(ready.error, "cannot wait for lines");
    detail::CancelScope::check();
    auto const now = sys::Clock::now();
    for (std::size_t i = 0; i < silent.size(); ++i)
        if (items[i + 1].ready
            || ranges_[silent[i]].next_deadline().value_or(sys::never) <= now)
            states_[silent[i]] = State::asked;
}

} // namespace runnel::inline v0
