// Waiting until something is ready.
#pragma once

#include "sys/clock.hpp"
#include "sys/fd.hpp"

#include <runnel/awaited.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace runnel::inline v0::sys {

using PollItem = Awaited;
using Interest = Awaited::For;

/// Waits until an item is ready or `deadline` has passed. Gives how many are.
Result<std::size_t> poll(std::span<PollItem> items, Deadline deadline);

/// Wakes a poll loop from anywhere, even from a signal handler, and stays
/// awake.
class Waker {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    Waker();

    void wake() noexcept;

    /// Lets it sleep again.
    void clear() noexcept;

    int fd() const noexcept { return event_.get(); }

private:
    Fd event_;
};

/// One descriptor that is ready when one of many is; for foreign loops.
class EventSet {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    EventSet();

    int fd() const noexcept { return epoll_.get(); }

    /// Watches these. Gives false if one of them cannot be watched.
    bool watch(std::span<PollItem const> items);

    /// Forgets them; must come before any of them is closed, or another
    /// process that still holds it would go on reporting it here.
    void forget() noexcept;

private:
    Fd epoll_;
    std::vector<int> watched_;
};

} // namespace runnel::inline v0::sys
