// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/memory.hpp"

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14
#endif

namespace runnel::inline v0::sys {

void bring_into_memory(std::span<char> memory) noexcept
{
    auto const page = static_cast<std::size_t>(::getpagesize());
    auto const begin = reinterpret_cast<std::uintptr_t>(memory.data());
    auto const skipped = (page - begin % page) % page;
    if (memory.size() < skipped + page)
        return;
    auto const count = (memory.size() - skipped) / page * page;
    ::madvise(memory.data() + skipped, count, MADV_POPULATE_WRITE);
}

} // namespace runnel::inline v0::sys
