// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A place that a poll loop writes to.
#pragma once

#include "io/no_wait_fd.hpp"

#include <cstddef>
#include <string_view>

namespace runnel::inline v0 {

struct Drain;

/// Where a tee or an in-process stage writes to: a descriptor, or a capture in
/// memory. No write ever waits; `NoWaitFd` explains how, also for descriptors
/// that other processes hold.
///
/// Copies lead to the same place.
class Outlet {
public:
    Outlet() noexcept = default;

    /// `fd` may be shared with any process: inherited, given to a child, named
    /// by the caller. `owned`, if given, keeps it open.
    explicit Outlet(int fd, NoWaitFd::Owner owned = {})
        : to_(fd, std::move(owned))
    {
    }

    /// A descriptor that the library owns. `Held::by_us` is for a new write end
    /// that no child was given: that write end is made non-blocking. Throws
    /// `std::system_error` if that fails.
    explicit Outlet(sys::Fd fd, Held held = Held::by_us)
        : to_(std::move(fd), held)
    {
    }

    /// Bytes go into the capture without a pipe. Bytes that children wrote to
    /// the capture's own pipe before come first. `drain` must keep its address
    /// until this outlet is closed.
    explicit Outlet(Drain& drain) noexcept : drain_(&drain) {}

    explicit operator bool() const noexcept { return to_ || is_memory(); }

    bool is_memory() const noexcept { return drain_ != nullptr; }

    /// True if this is memory that must get no more bytes for now; see
    /// `Drain::is_held`.
    bool is_held() const noexcept;

    /// The descriptor to poll; -1 if this is memory, or was closed.
    int fd() const noexcept { return to_.fd(); }

    void close() noexcept;

    /// True if a write may be tried at any time; else only when `ready`.
    bool never_blocks() const noexcept { return to_.never_blocks(); }

    /// True if this is a descriptor that, as far as is known, nothing else uses
    /// or writes to at the same file position.
    bool is_ours() const noexcept { return to_.is_ours(); }

    bool is_pipe() const noexcept { return to_.is_pipe(); }

    /// True if this is a pipe of the library, whose bytes only children get.
    bool is_internal() const noexcept { return is_pipe() && is_ours(); }

    /// See `NoWaitFd::whole_lines`.
    std::string_view whole_lines(std::string_view bytes) const noexcept
    {
        return to_.whole_lines(bytes);
    }

    /// Writes some of `bytes` without waiting; memory takes all of them.
    ///
    /// - Returns the number of bytes, or an error: "would block",
    ///   `errc::broken_pipe` if there is no reader any more, or another system
    ///   error.
    /// - Memory: throws `std::system_error` or `std::bad_alloc` if bytes cannot
    ///   be kept.
    sys::Result<std::size_t> write(std::string_view bytes,
                                   sys::SigpipeGuard& guard);

    bool ready = false; ///< as the last poll said

private:
    NoWaitFd to_;
    Drain* drain_ = nullptr;
};

} // namespace runnel::inline v0
