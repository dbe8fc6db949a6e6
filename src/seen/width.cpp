// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/width.hpp"

#include "text/utf8.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

struct Block {
    char32_t first;
    char32_t last;
};

constexpr Block wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

constexpr Block combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

template <std::size_t N>
bool is_in(Block const (&blocks)[N], char32_t code) noexcept
{
    return std::ranges::any_of(blocks, [code](Block const& block) {
        return code >= block.first && code <= block.last;
    });
}

struct Glyph {
    std::size_t bytes;
    std::size_t columns;
};

/// `text` is not empty.
Glyph first_glyph(std::string_view text) noexcept
{
    constexpr std::size_t longest = 4;
    if (scan_utf8(text.substr(0, longest)).valid == 0)
        return {1, 1};
    auto const [code, size] = first_utf8(text);
    return {size, is_in(combining, code) ? 0u : is_in(wide, code) ? 2u : 1u};
}

} // namespace

std::size_t width_of(std::string_view text) noexcept
{
    std::size_t columns = 0;
    while (!text.empty()) {
        auto const glyph = first_glyph(text);
        columns += glyph.columns;
        text.remove_prefix(glyph.bytes);
    }
    return columns;
}

std::string fitted(std::string_view text, std::size_t columns)
{
    if (width_of(text) <= columns)
        return std::string(text);
    constexpr std::string_view mark = "...";
    if (columns < mark.size())
        return std::string(columns, '.');
    std::size_t taken = 0;
    auto left = columns - mark.size();
    for (;;) {
        auto const glyph = first_glyph(text.substr(taken));
        if (glyph.columns > left)
            return std::string(text.substr(0, taken)).append(mark);
        left -= glyph.columns;
        taken += glyph.bytes;
    }
}

std::string padded(std::string text, std::size_t columns)
{
    auto const width = width_of(text);
    return text.append(columns > width ? columns - width : 0, ' ');
}

std::string right_aligned(std::string const& text, std::size_t columns)
{
    auto const width = width_of(text);
    return std::string(columns > width ? columns - width : 0, ' ') + text;
}

} // namespace runnel::inline v0
