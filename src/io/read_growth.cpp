// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/detail/read_growth.hpp>

#include "sys/fd.hpp"
#include "sys/pipe.hpp"

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

void PipeAllowance::give_back(std::size_t bytes) noexcept
{
    taken.fetch_sub(bytes, std::memory_order_relaxed);
}

void ReadGrowth::grow(int fd) noexcept
{
    is_large_ = true;
    if (sys::kind_of(fd) != sys::FileKind::pipe
        || !share_.take(sys::large_pipe))
        return;
    if (sys::grow_pipe(fd, sys::large_pipe) < sys::large_pipe)
        share_.give_back();
}

} // namespace runnel::inline v0::detail
