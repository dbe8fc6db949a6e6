// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where captured bytes are kept.
#pragma once

#include "io/last_byte.hpp"
#include "sys/fd.hpp"
#include "sys/no_wait.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/read_growth.hpp>
#include <runnel/limit.hpp>

#include <atomic>
#include <cstddef>
#include <string_view>

namespace runnel::inline v0 {

class OwnStream;

/// A capture: bytes that are kept for the caller. They come from a pipe, from
/// the loop itself (`append`), or from both in turn.
///
/// Used by the thread that runs the loop.
struct Drain {
    sys::Fd fd; ///< the read end of a pipe, if children write to it
    /// `per_call` if there may be another reader of the pipe.
    sys::Way way = sys::Way::plain;
    detail::Bytes bytes;
    CaptureLimit limit{};
    std::size_t seen = 0; ///< bytes that came, kept or not
    bool overflowed = false; ///< more bytes came than `limit` allows
    sys::Fd spilled; ///< the file of all bytes, after an overflow
    bool was_full = false; ///< the last read filled its room
    detail::ReadGrowth growth;
    bool ready = false; ///< as the last poll said
    /// If not null: all bytes are shown there as well, kept or not.
    OwnStream* shown = nullptr;
    detail::LastByte* last = nullptr; ///< if an idle limit watches it
    /// If not null: other threads look there which descriptor is open.
    std::atomic<int>* number = nullptr;

    void close() noexcept;

    /// True if it must get no more bytes for now, because those that it got are
    /// not shown yet. It takes bytes all the same.
    bool is_held() const noexcept;

    /// The pipe that an idle limit watches; null if none does.
    void watch_bytes(detail::LastByte* pipe) noexcept
    {
        last = pipe;
        if (last != nullptr)
            last->read_at(fd.get());
    }

    /// Reads the pipe once, after a poll has found it ready; closes it at end
    /// of file. Throws `std::system_error` if the read fails, or spilling does.
    void read_ready() { read_once(way); }

    /// The same, but waits for bytes. Returns false if the pipe is empty and
    /// other code has made it non-blocking.
    bool read_waiting() { return read_once(sys::Way::plain); }

    /// Reads the bytes that are in the pipe now, at most as many as a pipe can
    /// hold, so that a child that never stops writing cannot keep the loop
    /// here.
    void take_waiting();

    /// Adds bytes that need no pipe. Bytes in the pipe are read first, because
    /// a child that has ended wrote them earlier.
    void append(std::string_view more);

private:
    bool read_once(sys::Way how);
    std::size_t room_for(std::size_t most) const noexcept;
    void took(std::size_t count);
    void saw(std::size_t count);
    void stay_within_limit();
    void spill();
};

} // namespace runnel::inline v0
