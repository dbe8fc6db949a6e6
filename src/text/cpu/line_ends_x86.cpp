// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// With the vector instructions of this processor: 32 bytes at a time where
// there is AVX2, 16 elsewhere.
#include "sys/immortal.hpp"
#include "text/line_ends.hpp"

#include <immintrin.h>

namespace runnel::inline v0 {

namespace {

using Find = void(char const*, std::size_t, char, std::uint64_t*) noexcept;

std::uint64_t bits_of_16(char const* at, __m128i wanted) noexcept
{
    auto const bytes = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
    auto const equal = _mm_cmpeq_epi8(bytes, wanted);
    return static_cast<std::uint32_t>(_mm_movemask_epi8(equal));
}

void with_sse2(char const* at, std::size_t blocks, char end,
               std::uint64_t* masks) noexcept
{
    auto const wanted = _mm_set1_epi8(end);
    for (; blocks > 0; --blocks, at += block_size)
        *masks++ = bits_of_16(at, wanted) | bits_of_16(at + 16, wanted) << 16
                 | bits_of_16(at + 32, wanted) << 32
                 | bits_of_16(at + 48, wanted) << 48;
}

[[gnu::target("avx2")]] std::uint64_t bits_of_32(char const* at,
                                                 __m256i wanted) noexcept
{
    auto const bytes = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(at));
    auto const equal = _mm256_cmpeq_epi8(bytes, wanted);
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(equal));
}

[[gnu::target("avx2")]] void with_avx2(char const* at, std::size_t blocks,
                                       char end, std::uint64_t* masks) noexcept
{
    auto const wanted = _mm256_set1_epi8(end);
    for (; blocks > 0; --blocks, at += block_size)
        *masks++ = bits_of_32(at, wanted) | bits_of_32(at + 32, wanted) << 32;
}

Find* best() noexcept
{
    __builtin_cpu_init(); // may come before constructors have run
    return __builtin_cpu_supports("avx2") ? with_avx2 : with_sse2;
}

} // namespace

void find_line_ends(char const* bytes, std::size_t count, char end,
                    std::uint64_t* masks) noexcept
{
    static constinit sys::Immortal<Find*> find;
    auto const rest = count % block_size;
    find.get(best)(bytes, (count + block_size - 1) / block_size, end, masks);
    if (rest > 0)
        masks[count / block_size] &= (std::uint64_t{1} << rest) - 1;
}

} // namespace runnel::inline v0
