#include <runnel/arrivals.hpp>

#include "base/cancel.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <algorithm>

namespace runnel::inline v0 {

Arrivals::Arrivals(std::vector<LineRange> ranges)
    : ranges_(std::move(ranges)), over_(ranges_.size())
{
}

void Arrivals::advance()
{
    current_.reset();
    while (!take() && std::ranges::find(over_, false) != over_.end())
        wait();
}

/// Looks for a line that is there, once at each range.
bool Arrivals::take()
{
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        auto const index = (turn_ + i) % ranges_.size();
        if (over_[index])
            continue;
        // An exception ends a range.
        over_[index] = true;
        auto const line = ranges_[index].try_next();
        over_[index] = !line && ranges_[index].ended();
        if (!line)
            continue;
        turn_ = index + 1;
        current_ = {index, *line};
        return true;
    }
    return false;
}

void Arrivals::wait()
{
    std::vector<sys::PollItem> items{{detail::CancelScope::fd()}};
    auto until = sys::never;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        if (over_[i])
            continue;
        items.push_back({ranges_[i].fd()});
        until =
            std::min(until, ranges_[i].next_deadline().value_or(sys::never));
    }
    if (auto const ready = sys::poll(items, until); !ready)
        throw SystemError(ready.error, "cannot wait for lines");
    detail::CancelScope::check();
}

} // namespace runnel::inline v0
