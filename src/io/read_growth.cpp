// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/detail/read_growth.hpp>

#include "sys/fd.hpp"
#include "sys/pipe.hpp"

#include <algorithm>
#include <atomic>

namespace runnel::inline v0::detail {

namespace {

/// Of all pipes of this process together.
constexpr std::size_t most = std::size_t{16} * 1024 * 1024;
constinit std::atomic<std::size_t> taken{0};

} // namespace

bool PipeAllowance::take(std::size_t bytes) noexcept
{
    if (taken.fetch_add(bytes, std::memory_order_relaxed) + bytes > most) {
        give_back(bytes);
        return false;
    }
    bytes_ += bytes;
    return true;
}

bool PipeAllowance::grow(int pipe, std::size_t bytes) noexcept
{
    return grow(pipe, sys::pipe_size(pipe), bytes);
}

bool PipeAllowance::grow_new(int pipe, std::size_t bytes) noexcept
{
    return grow(pipe, sys::small_pipe, bytes);
}

bool PipeAllowance::grow(int pipe, std::size_t size, std::size_t bytes) noexcept
{
    if (size >= bytes)
        return true; // somebody else has made it large
    if (!take(bytes))
        return false;
    auto const now = sys::grow_pipe(pipe, size, bytes);
    bool const has_grown = now > size && now > sys::small_pipe;
    auto const surplus = has_grown ? bytes - std::min(now, bytes) : bytes;
    bytes_ -= surplus;
    give_back(surplus);
    return has_grown;
}

void PipeAllowance::give_back(std::size_t bytes) noexcept
{
    taken.fetch_sub(bytes, std::memory_order_relaxed);
}

void ReadGrowth::grow(int fd) noexcept
{
    is_fast_ = true;
    full_ = 0;
    is_settled_ = sys::kind_of(fd) != sys::FileKind::pipe
               || share_.grow(fd, sys::large_pipe);
}

} // namespace runnel::inline v0::detail
