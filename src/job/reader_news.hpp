// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How threads that read the streams of a job learn that the thread which ran its
// loop has stopped.
#pragma once

#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace runnel::inline v0 {

/// All of it is called under the lock of the job.
class ReaderNews {
public:
    using Lock = std::unique_lock<std::mutex>;

    /// Waits, without the lock, until one of `items` is ready, `until` has
    /// passed or `wake` is called. Throws if this thread is cancelled.
    void wait(Lock& lock, sys::Deadline until, std::span<sys::PollItem> items,
              bool const& job_has_ended);

    /// Wakes all readers.
    void wake()
    {
        if (readers_ > 0)
            waker_->wake();
    }

    /// A descriptor for an event loop of the caller, ready from now on.
    int always_ready();

    /// Closes the descriptor, unless somebody waits for it.
    void let_go() noexcept
    {
        if (readers_ == 0 && !is_given_)
            waker_.reset();
    }

private:
    std::optional<sys::Waker> waker_;
    int readers_ = 0;
    bool is_given_ = false; ///< to an event loop
};

} // namespace runnel::inline v0
