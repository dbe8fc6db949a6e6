// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Waiting until something is ready.
#pragma once

#include "sys/clock.hpp"
#include "sys/fd.hpp"

#include <runnel/awaited.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace runnel::inline v0::sys {

using PollItem = Awaited;
using Interest = Awaited::For;

/// Waits until an item is ready or `deadline` has passed. Returns the number of
/// ready items.
Result<std::size_t> poll(std::span<PollItem> items, Deadline deadline);

/// True if `fd` is ready now; false also if that cannot be found out.
bool is_ready(int fd, Interest interest = Interest::read) noexcept;

/// Waits until `fd` is ready. May return too early if memory is short.
void wait_until_ready(int fd, Interest interest = Interest::read) noexcept;

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

/// Many descriptors, each with a number. To look for those that are ready costs
/// as much as there are ready ones, however many are watched.
class ReadySet {
public:
    using Number = std::uint64_t;

    /// Throws `std::system_error` if there is no descriptor for it.
    ReadySet();

    /// Readable when one of the descriptors is.
    int fd() const noexcept { return epoll_.get(); }

    /// Watches `fd` for input. A descriptor that is watched already keeps its
    /// number. Throws `std::system_error` if the system refuses.
    void add(int fd, Number number);

    /// The same for any interest. Returns false if the descriptor cannot be
    /// watched: it is a file, or watched already, or memory is short.
    bool try_add(PollItem const& item, Number number) noexcept;

    /// Must be called before `fd` is closed; see `EventSet::forget`.
    void remove(int fd) noexcept;

    /// The numbers of some descriptors that are ready now, without waiting; as
    /// many as fit into `into`. The next call begins with others.
    std::span<Number> ready(std::span<Number> into) noexcept;

    /// The same, but waits until a descriptor is ready or `until` has passed.
    std::span<Number> wait(std::span<Number> into, Deadline until) noexcept;

private:
    std::span<Number> look(std::span<Number> into, int milliseconds) noexcept;

    Fd epoll_;
};

} // namespace runnel::inline v0::sys
