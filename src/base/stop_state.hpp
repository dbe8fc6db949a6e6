// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "sys/poll.hpp"

#include <runnel/stop.hpp>

#include <atomic>

namespace runnel::inline v0::detail {

/// A flag that can be polled.
class StopState {
public:
    bool requested() const noexcept { return requested_.load(); }

    void request() noexcept
    {
        if (!requested_.exchange(true))
            waker_.wake();
    }

    /// Readable once a stop is requested, for any number of loops.
    int fd() const noexcept { return waker_.fd(); }

private:
    std::atomic<bool> requested_{false};
    sys::Waker waker_;
};

/// For other parts of the library.
class StopAccess {
public:
    /// Readable once a stop is requested; -1 if the token has no source.
    static int fd(StopToken const& token) noexcept
    {
        return token.state_ ? token.state_->fd() : -1;
    }
};

} // namespace runnel::inline v0::detail
