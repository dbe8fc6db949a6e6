// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/utf8.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// What the first byte of a character tells about the character.
struct Lead {
    std::size_t size; ///< of the character; 0: no character begins so
    unsigned char low; ///< of the second byte
    unsigned char high;
};

constexpr Lead lead_of(unsigned char byte) noexcept
{
    // The second byte is restricted so that no character is written too long,
    // is a surrogate, or lies beyond U+10FFFF.
    switch (byte) {
    case 0xe0: return {3, 0xa0, 0xbf};
    case 0xed: return {3, 0x80, 0x9f};
    case 0xf0: return {4, 0x90, 0xbf};
    case 0xf4: return {4, 0x80, 0x8f};
    default: break;
    }
    if (byte < 0xc2 || byte > 0xf4)
        return {0, 0, 0};
    return {byte < 0xe0 ? 2U : byte < 0xf0 ? 3U : 4U, 0x80, 0xbf};
}

/// How many of the bytes fit the lead; the first byte counts too.
std::size_t fitting(std::string_view bytes, Lead const& lead) noexcept
{
    auto low = lead.low;
    auto high = lead.high;
    std::size_t size = 1;
    for (auto const end = std::min(lead.size, bytes.size()); size < end;
         ++size) {
        auto const byte = static_cast<unsigned char>(bytes[size]);
        if (byte < low || byte > high)
            break;
        low = 0x80;
        high = 0xbf;
    }
    return size;
}

std::size_t ascii_bytes(std::string_view bytes) noexcept
{
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
    std::size_t at = 0;
    for (; bytes.size() - at >= 8; at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes.data() + at, 8);
        if ((eight & high_bits) != 0)
            break;
    }
    while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80)
        ++at;
    return at;
}

} // namespace

Utf8Scan scan_utf8(std::string_view bytes) noexcept
{
    Utf8Scan scan;
    for (;;) {
        scan.valid += ascii_bytes(bytes.substr(scan.valid));
        auto const rest = bytes.substr(scan.valid);
        if (rest.empty())
            return scan;
        auto const lead = lead_of(static_cast<unsigned char>(rest[0]));
        scan.bad = lead.size == 0 ? 1 : fitting(rest, lead);
        if (scan.bad != lead.size) {
            bool const ends = lead.size != 0 && scan.bad == rest.size();
            scan.stop = ends ? Utf8Scan::at_incomplete : Utf8Scan::at_invalid;
            return scan;
        }
        scan.valid += std::exchange(scan.bad, 0);
    }
}

Utf8Character first_utf8(std::string_view bytes) noexcept
{
    auto const first = static_cast<unsigned char>(bytes[0]);
    if (first < 0x80)
        return {first, 1};
    auto const size = static_cast<std::size_t>(std::countl_one(first));
    auto code = static_cast<char32_t>(first & (0x7fU >> size));
    for (std::size_t i = 1; i < size; ++i)
        code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3fU);
    return {code, size};
}

} // namespace runnel::inline v0
