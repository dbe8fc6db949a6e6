// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What copies bytes from descriptors to other places while a poll loop runs.
#pragma once

#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <cstdint>
#include <vector>

namespace runnel::inline v0 {

/// The descriptors that a loop waits for, and the flags that it sets afterwards.
class WatchList {
public:
    /// `items` gets the descriptors, `flags` what to set when they are ready, in
    /// the same order.
    WatchList(std::vector<sys::PollItem>& items, std::vector<bool*>& flags)
        : items_(items), flags_(flags)
    {
    }

    void add(int fd, sys::Interest interest, bool& ready)
    {
        items_.push_back({fd, interest});
        flags_.push_back(&ready);
    }

private:
    std::vector<sys::PollItem>& items_;
    std::vector<bool*>& flags_;
};

/// Copies bytes that pass through this process, without ever waiting.
class Copier {
public:
    virtual ~Copier() = default;

    /// False when the copying has come to its end.
    virtual bool is_open() const noexcept = 0;

    /// True if it ended because all of its input did.
    virtual bool saw_end() const noexcept = 0;

    /// How many bytes it has read, and how many of these, or in their place, it has
    /// written to each place, or will write.
    virtual std::uint64_t bytes_read() const noexcept = 0;
    virtual std::uint64_t bytes_written() const noexcept = 0;

    /// True if a place other than a pipe to children must still take bytes.
    virtual bool must_deliver() const noexcept = 0;

    /// Adds the descriptors to wait for.
    virtual void watch(WatchList& list) = 0;

    /// Moves what can be moved without waiting. Throws `std::system_error` if a
    /// read or write fails.
    virtual void move(sys::SigpipeGuard& guard) = 0;

    /// Passes the bytes that are in the pipes on to places that take them
    /// without waiting. Then closes everything, even if it throws as `move`
    /// does.
    virtual void finish_now(sys::SigpipeGuard& guard) = 0;

    virtual void close() noexcept = 0;
};

} // namespace runnel::inline v0
