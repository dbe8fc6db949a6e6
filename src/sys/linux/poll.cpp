// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/linux/poll.hpp"
#include "sys/clock.hpp"
#include "sys/linux/calls.hpp"
#include "sys/poll.hpp"
#include "sys/posix/code.hpp"
#include "sys/result.hpp"

#include <array>

namespace runnel::inline v0::posix {

::timespec until(sys::Deadline deadline) noexcept
{
    using namespace std::chrono;
    auto const now = sys::Clock::now();
    auto const left = std::max(deadline, now) - now; // min() would overflow
    auto const whole = duration_cast<seconds>(left);
    return {static_cast<time_t>(whole.count()),
            static_cast<long>(nanoseconds(left - whole).count())};
}

} // namespace runnel::inline v0::posix

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

short poll_events_of(Interest interest) noexcept
{
    switch (interest) {
    case Interest::read: return POLLIN;
    case Interest::write: return POLLOUT;
    case Interest::broken: break;
    }
    return 0; // errors are always reported
}

/// Few items live on the stack, many on the heap.
class PollSet {
public:
    explicit PollSet(std::span<PollItem const> items)
    {
        if (items.size() > few_.size())
            many_.resize(items.size());
        for (std::size_t i = 0; i < items.size(); ++i)
            data()[i] = {items[i].fd, poll_events_of(items[i].what), 0};
    }

    ::pollfd* data() noexcept
    {
        return many_.empty() ? few_.data() : many_.data();
    }

private:
    std::array<::pollfd, 16> few_;
    std::vector<::pollfd> many_;
};

// POLLHUP, POLLERR and POLLNVAL count as ready: the read or write that follows
// reports the condition, so that no loop spins on it.
std::size_t take_over(::pollfd const* from, std::span<PollItem> items) noexcept
{
    std::size_t ready = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].ready = from[i].revents != 0;
        ready += items[i].ready;
    }
    return ready;
}

} // namespace

Result<std::size_t> poll(std::span<PollItem> items, Deadline deadline)
{
    PollSet set(items);
    int const count = uninterrupted([&] {
        ::timespec limit{};
        if (deadline != never)
            limit = until(deadline);
        return calls().ppoll(set.data(), static_cast<unsigned>(items.size()),
                             deadline == never ? nullptr : &limit);
    });
    if (count < 0)
        return {code(count), 0};
    return {{}, take_over(set.data(), items)};
}

bool is_ready(int fd, Interest interest) noexcept
{
    PollItem item{fd, interest};
    static_cast<void>(poll({&item, 1}, Deadline::min()));
    return item.ready;
}

void wait_until_ready(int fd, Interest interest) noexcept
{
    PollItem item{fd, interest};
    static_cast<void>(poll({&item, 1}, never));
}

} // namespace runnel::inline v0::sys
