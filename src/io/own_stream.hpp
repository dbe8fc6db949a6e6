// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Stdout or stderr of this process, where captures are shown.
#pragma once

#include "io/no_wait_fd.hpp"

#include <runnel/detail/bytes.hpp>

#include <string_view>

namespace runnel::inline v0 {

/// A stream of this process that gets the bytes of captures as they come. It
/// may be a terminal that is stopped, or a pipe whose reader is slow: no write
/// waits. Bytes that the stream does not take now are kept, and captures read
/// no more until the stream has taken them.
///
/// If the stream takes no more bytes at all (its reader has closed the pipe, the
/// disk is full), showing ends, and nothing else.
class OwnStream {
public:
    explicit OwnStream(int fd) : to_(fd), number_(fd) {}

    /// As it was given: 1 or 2.
    int number() const noexcept { return number_; }

    /// True if the stream has not taken all bytes yet.
    bool is_behind() const noexcept { return !rest_.empty(); }

    /// The descriptor to poll while the stream is behind.
    int fd() const noexcept { return to_.fd(); }

    /// Writes `bytes` behind all that came before them. Throws
    /// `std::bad_alloc`.
    void show(std::string_view bytes);

    /// Writes what the stream takes now of what it has not taken yet.
    void go_on();

    /// Drops what the stream has not taken.
    void close() noexcept;

    bool ready = false; ///< as the last poll said

private:
    std::string_view written_off(std::string_view bytes);

    NoWaitFd to_;
    int number_;
    detail::Bytes rest_; ///< not taken yet
};

} // namespace runnel::inline v0
