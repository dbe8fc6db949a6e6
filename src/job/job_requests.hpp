// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What other threads ask of the thread that runs the event loop of a job.
#pragma once

#include "sys/poll.hpp"

#include <runnel/teardown.hpp>

#include <atomic>
#include <optional>

namespace runnel::inline v0 {

/// Each request ends the wait of the loop, or the next one.
class JobRequests {
public:
    // From any thread, but not during `let_go`.

    /// Ends the program. Not for two threads at once.
    void tear_down(Teardown const& how) noexcept
    {
        how_ = how;
        is_teardown_ = true;
        wake();
    }

    /// Ends the program as a stop request does.
    void stop() noexcept
    {
        is_stop_ = true;
        wake();
    }

    /// Asks the in-process stages to end.
    void cancel() noexcept
    {
        is_cancel_ = true;
        wake();
    }

    /// Asks for nothing else.
    void wake() noexcept
    {
        if (waker_)
            waker_->wake();
    }

    // From the thread that runs the loop.

    /// Lets requests end a wait. This costs a descriptor, which `let_go` closes.
    void make_wakeable() { waker_.emplace(); }
    void let_go() noexcept { waker_.reset(); }

    /// Readable after a request, until `clear`; -1 if there is none. Look at the
    /// requests after `clear`.
    int fd() const noexcept { return waker_ ? waker_->fd() : -1; }
    void clear() noexcept { waker_->clear(); }

    bool take_stop() noexcept { return is_stop_.exchange(false); }
    bool take_cancel() noexcept { return is_cancel_.exchange(false); }

    /// Null if none was asked for.
    Teardown const* take_teardown() noexcept
    {
        return is_teardown_.exchange(false) ? &how_ : nullptr;
    }

private:
    Teardown how_; ///< written before the flag is set
    std::atomic<bool> is_teardown_{false};
    std::atomic<bool> is_stop_{false};
    std::atomic<bool> is_cancel_{false};
    std::optional<sys::Waker> waker_;
};

} // namespace runnel::inline v0
