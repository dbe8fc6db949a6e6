// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// When the last byte moved through a pipe that is watched, and how many there were.
#pragma once

#include "sys/clock.hpp"
#include "sys/fd.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace runnel::inline v0::detail {

/// One pipe, of which this process has an end. Only exists if there is an idle
/// limit or an observer; all others pay for the check of a null pointer. Any thread
/// may use it.
///
/// It also knows where this process reads the pipe: while that holds bytes, its
/// writer is not silent, but the reader is slow.
class LastByte {
public:
    LastByte() noexcept { note_read(0); }
    LastByte(LastByte const&) = delete;
    LastByte& operator=(LastByte const&) = delete;

    void note_read(std::size_t count) noexcept { note(read_, count); }
    void note_written(std::size_t count) noexcept { note(written_, count); }

    /// How many bytes have moved. This process may have both ends of the pipe.
    std::uint64_t bytes() const noexcept
    {
        return std::max(read_.load(), written_.load());
    }

    sys::Clock::time_point at() const noexcept
    {
        return sys::Clock::time_point(sys::Clock::duration(at_));
    }

    /// The pipe is read at `fd`. `end` must come before that is closed.
    void read_at(int fd) noexcept
    {
        std::scoped_lock const lock(mutex_);
        fd_ = fd;
    }

    /// Nothing will be read any more.
    void end() noexcept { read_at(-1); }

    /// True if bytes wait to be read.
    bool holds_bytes() const noexcept
    {
        std::scoped_lock const lock(mutex_);
        return fd_ >= 0 && sys::bytes_to_read(fd_).value_or(0) > 0;
    }

private:
    void note(std::atomic<std::uint64_t>& bytes, std::size_t count) noexcept
    {
        at_ = sys::Clock::now().time_since_epoch().count();
        bytes += count;
    }

    std::atomic<sys::Clock::rep> at_{0};
    std::atomic<std::uint64_t> read_{0};
    std::atomic<std::uint64_t> written_{0};
    mutable std::mutex mutex_;
    int fd_ = -1;
};

/// This process has read `count` bytes; none: the end of the stream. `last` may be null.
inline void note_bytes(LastByte* last, std::size_t count) noexcept
{
    if (last == nullptr)
        return;
    if (count > 0)
        last->note_read(count);
    else
        last->end();
}

/// This process has written `count` bytes. `last` may be null.
inline void note_written(LastByte* last, std::size_t count) noexcept
{
    if (last != nullptr)
        last->note_written(count);
}

} // namespace runnel::inline v0::detail
