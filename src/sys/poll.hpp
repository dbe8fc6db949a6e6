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

/// Waits until an item is ready or `deadline` has passed. Returns the number of
/// ready items.
Result<std::size_t> poll(std::span<PollItem> items, Deadline deadline);

/// Wakes a poll loop from any thread, even from a signal handler. The
/// descriptor stays readable until `clear`.
class Waker {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    Waker();

    void wake() noexcept;

    /// Makes the descriptor unreadable again. Returns false if it was not
    /// readable.
    bool clear() noexcept;

    int fd() const noexcept { return event_.get(); }

private:
    Fd event_;
};

/// One descriptor that is ready when one of many is, for event loops of other
/// libraries.
class EventSet {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    EventSet();

    int fd() const noexcept { return epoll_.get(); }

    /// Watches `items`. Returns false if one of them cannot be watched.
    bool watch(std::span<PollItem const> items);

    /// Stops watching. Must be called before any watched descriptor is closed:
    /// an open file that another process still holds would go on being
    /// reported.
    void forget() noexcept;

private:
    Fd epoll_;
    std::vector<int> watched_;
};

} // namespace runnel::inline v0::sys
