// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// In plain C++, eight bytes at a time.
#include "text/line_ends.hpp"

#include <bit>
#include <cstring>

namespace runnel::inline v0 {

namespace {

constexpr std::uint64_t each_byte = 0x0101010101010101;

/// Sets the top bit of each byte that is 0, and no other bit.
std::uint64_t zero_bytes(std::uint64_t word) noexcept
{
    constexpr auto low_bits = each_byte * 0x7f;
    return ~(((word & low_bits) + low_bits) | word | low_bits);
}

/// The top bits of the bytes as eight bits, in the order of memory.
std::uint64_t gathered(std::uint64_t tops) noexcept
{
    constexpr std::uint64_t little = 0x0102040810204080;
    constexpr std::uint64_t big = 0x8040201008040201;
    auto const order =
        std::endian::native == std::endian::little ? little : big;
    return ((tops >> 7) * order) >> 56;
}

std::uint64_t mask_of(char const* at, std::uint64_t wanted) noexcept
{
    std::uint64_t mask = 0;
    for (unsigned i = 0; i < block_size; i += 8) {
        std::uint64_t word;
        std::memcpy(&word, at + i, sizeof word);
        mask |= gathered(zero_bytes(word ^ wanted)) << i;
    }
    return mask;
}

} // namespace

void find_line_ends(char const* bytes, std::size_t count, char end,
                    std::uint64_t* masks) noexcept
{
    auto const wanted = each_byte * static_cast<unsigned char>(end);
    auto const rest = count % block_size;
    auto* mask = masks;
    for (std::size_t at = 0; at < count; at += block_size)
        *mask++ = mask_of(bytes + at, wanted);
    if (rest > 0)
        mask[-1] &= (std::uint64_t{1} << rest) - 1;
}

} // namespace runnel::inline v0
