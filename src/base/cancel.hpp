// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Cancelling the in-process stages that a job runs on threads.
#pragma once

#include "sys/poll.hpp"

#include <atomic>

namespace runnel::inline v0::detail {

class CancelFlag {
public:
    /// Both wake the thread.
    void ask() noexcept
    {
        asked = true;
        waker.wake();
    }
    void end_input() noexcept
    {
        if (!input_over.exchange(true))
            waker.wake();
    }

    std::atomic<bool> asked{false};
    std::atomic<bool> input_over{
        false}; ///< input ends after the bytes that are there
    sys::Waker waker; ///< readable when one of the flags was set
    bool is_told = false; ///< the thread knows that its input is over
};

/// Thrown through an in-process stage that waits inside the library when its
/// output has no reader any more. Not a `std::exception`; the job catches it.
/// The wait throws instead of reporting end of file, because input that is cut
/// off must not look complete.
struct Cancelled {};

/// While a scope lives, `flag` can end the waits of this thread inside the
/// library.
class CancelScope {
public:
    explicit CancelScope(CancelFlag& flag) noexcept;
    CancelScope(CancelScope const&) = delete;
    CancelScope& operator=(CancelScope const&) = delete;
    ~CancelScope();

    /// The descriptor that each wait of this thread must include, asked for before
    /// each of them; -1 without a scope. The end of the input makes it ready for
    /// one wait only: other waits have nothing to do with the input.
    static int fd() noexcept;

    static bool asked() noexcept;

    /// True if the input of this thread's stage ends after the bytes that are
    /// there now.
    static bool input_is_over() noexcept;

    /// Throws `Cancelled` if `asked()`.
    static void check();

private:
    CancelFlag* outer_;
};

} // namespace runnel::inline v0::detail
