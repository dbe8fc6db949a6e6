// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Counts allocations and their bytes: all of them, those of the C library and of its
// users as well. It takes malloc's place, so one file of a program includes it.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace bench {

inline std::atomic<std::uint64_t> allocation_count{0};
inline std::atomic<std::uint64_t> allocation_bytes{0};

inline void note_allocation(std::size_t size) noexcept
{
    allocation_count.fetch_add(1, std::memory_order_relaxed);
    allocation_bytes.fetch_add(size, std::memory_order_relaxed);
}

} // namespace bench

// operator new asks malloc. Where the C library does not lend its own under
// another name, or a sanitizer wants the place, nothing is counted.
#if defined(__GLIBC__) && !defined(RUNNEL_SANITIZED)

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept
{
    bench::note_allocation(size);
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept
{
    bench::note_allocation(count * size);
    return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) noexcept
{
    bench::note_allocation(size);
    return __libc_realloc(memory, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    bench::note_allocation(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment,
                   std::size_t size) noexcept
{
    bench::note_allocation(size);
    *memory = __libc_memalign(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}
}

namespace bench {

inline std::optional<std::uint64_t> allocations()
{
    return allocation_count.load(std::memory_order_relaxed);
}

/// All bytes that were ever asked for, also those that are free again.
inline std::optional<std::uint64_t> allocated_bytes()
{
    return allocation_bytes.load(std::memory_order_relaxed);
}

} // namespace bench

#else

namespace bench {

inline std::optional<std::uint64_t> allocations()
{
    return {};
}

inline std::optional<std::uint64_t> allocated_bytes()
{
    return {};
}

} // namespace bench

#endif
