// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// 200 children at once with epoll alone: one descriptor for each child.
#include "children.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

using namespace runnel;
using std::chrono::steady_clock;

namespace {

/// Takes the lines of the n-th child that are there. True at the end.
bool take(LineRange& range, int n, Totals& totals)
{
    try {
        while (range.try_next())
            ++totals.lines;
        if (!range.ended())
            return false;
        ++totals.good;
    } catch (SubprocessError const& error) {
        totals.note(n, error);
    }
    return true;
}

/// Until the first deadline of the ranges; -1 for ever.
int wait_of(std::vector<LineRange> const& ranges)
{
    auto first = steady_clock::time_point::max();
    for (auto const& range : ranges)
        if (auto const deadline = range.next_deadline())
            first = std::min(first, *deadline);
    if (first == steady_clock::time_point::max())
        return -1;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(
        first - steady_clock::now());
    return static_cast<int>(std::max(left.count(), decltype(left.count())(0)));
}

} // namespace

int main()
{
    Totals totals;
    int const set = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<LineRange> ranges;
    int open = children;
    auto const visit = [&](std::size_t i) {
        // An empty range in its place ends the child and closes its descriptors.
        if (take(ranges[i], static_cast<int>(i + 1), totals)) {
            ranges[i] = LineRange();
            --open;
        }
    };
    for (int n = 1; n <= children; ++n) {
        ranges.emplace_back(child(n), limits_of(n));
        ::epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = ranges.size() - 1;
        ::epoll_ctl(set, EPOLL_CTL_ADD, ranges.back().fd(), &event);
    }
    while (open > 0) {
        std::array<::epoll_event, 64> events;
        int const count = ::epoll_wait(set, events.data(), 64, wait_of(ranges));
        for (int i = 0; i < count; ++i)
            visit(events[static_cast<std::size_t>(i)].data.u64);
        // A deadline makes no descriptor ready.
        auto const now = steady_clock::now();
        for (std::size_t i = 0; i < ranges.size(); ++i)
            if (auto const due = ranges[i].next_deadline(); due && *due <= now)
                visit(i);
    }
    ::close(set);
    return totals.print();
}
