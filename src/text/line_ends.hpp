// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where lines end, for many bytes at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace runnel::inline v0 {

/// The number of bytes per mask.
inline constexpr std::size_t block_size = 64;

/// Bit `i` of `masks[k]` says whether byte `64 k + i` is `end`. Reads whole
/// blocks: up to 63 bytes behind the last one must be readable, and are
/// ignored.
void find_line_ends(char const* bytes, std::size_t count, char end,
                    std::uint64_t* masks) noexcept;

} // namespace runnel::inline v0
