// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where UTF-8 is well-formed, by table 3-7 of the Unicode standard.
#pragma once

#include <cstddef>
#include <string_view>

namespace runnel::inline v0 {

/// The result of a scan: whole characters, then a reason to stop.
struct Utf8Scan {
    enum Stop : unsigned char {
        at_end,
        at_incomplete, ///< the bytes end within a character
        at_invalid,
    };
    std::size_t valid = 0; ///< bytes of whole characters
    Stop stop = at_end;
    std::size_t bad = 0; ///< bytes behind them that are one bad sequence
};

/// An invalid sequence ends before the first byte that cannot continue a
/// character. The standard calls it a maximal subpart; decoders replace it by
/// one U+FFFD.
Utf8Scan scan_utf8(std::string_view bytes) noexcept;

/// The character that well-formed bytes begin with, and how long it is.
struct Utf8Character {
    char32_t code;
    std::size_t size;
};
Utf8Character first_utf8(std::string_view bytes) noexcept;

} // namespace runnel::inline v0
