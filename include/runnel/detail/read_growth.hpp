// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How much to read from a pipe at once, and how large the pipe is.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/pipe_allowance.hpp>

#include <cstddef>

namespace runnel::inline v0::detail {

/// What all readers of pipes do when much comes. Most output is short, and costs
/// least with the pipe that the kernel makes and reads of its size. When reads in a
/// row were full, 128 KiB in all, the writer is the faster side: then this process
/// reads more at once, and the pipe becomes a large one if the allowance and the
/// kernel agree. If not, both are asked again when much more has come.
class RUNNEL_EXPORT ReadGrowth {
public:
    /// How many bytes the next read should ask for, if its caller may choose.
    std::size_t at_once() const noexcept
    {
        return is_fast_ ? large_read : small_read;
    }

    /// To be called after each read of `fd` that asked for `room` bytes. What is not
    /// a pipe stays as it is. A read of a few bytes tells nothing of the writer.
    void saw(int fd, std::size_t count, std::size_t room) noexcept
    {
        if (is_settled_ || room < least_read)
            return;
        auto const full = room < small_read ? room : small_read;
        full_ = count >= full ? full_ + count : 0;
        if (full_ >= (is_fast_ ? much_more : 2 * small_read))
            grow(fd);
    }

    /// To be called when the descriptor is closed.
    void end() noexcept { share_.give_back(); }

private:
    static constexpr std::size_t least_read = std::size_t{1} * 1024;
    static constexpr std::size_t small_read = std::size_t{64} * 1024;
    static constexpr std::size_t large_read = std::size_t{256} * 1024;
    static constexpr std::size_t much_more = std::size_t{16} * 1024 * 1024;

    void grow(int fd) noexcept;

    std::size_t full_ = 0; ///< bytes of the full reads in a row
    PipeAllowance share_;
    bool is_fast_ = false; ///< the writer is faster than this reader
    bool is_settled_ = false; ///< the pipe is large, or this is no pipe
};

} // namespace runnel::inline v0::detail
