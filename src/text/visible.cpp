// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/visible.hpp"

#include "text/utf8.hpp"

#include <cstddef>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t longest_character = 4; ///< in bytes

constexpr bool is_between(char32_t code, char32_t first, char32_t last)
{
    return code >= first && code <= last;
}

/// True for characters that a message may hold as they are.
constexpr bool is_harmless(char32_t code)
{
    if (code < 0x20)
        return code == '\n' || code == '\t';
    bool const is_control = is_between(code, 0x7f, 0x9f);
    bool const separates_lines = is_between(code, 0x2028, 0x2029);
    bool const turns_text = code == 0x061c || is_between(code, 0x200e, 0x200f)
                         || is_between(code, 0x202a, 0x202e)
                         || is_between(code, 0x2066, 0x2069);
    return !is_control && !separates_lines && !turns_text;
}

/// A backslash, `kind`, and as many hexadecimal digits.
std::string escape(char kind, unsigned long code, int digits)
{
    std::string text{'\\', kind};
    for (int bit = 4 * (digits - 1); bit >= 0; bit -= 4)
        text += "0123456789abcdef"[code >> bit & 0xf];
    return text;
}

std::string escaped(char32_t code)
{
    switch (code) {
    case '\0': return "\\0";
    case '\r': return "\\r";
    default: return code < 0x80 ? escape('x', code, 2) : escape('u', code, 4);
    }
}

/// Appends well-formed text.
void append_valid(std::string& shown, std::string_view text)
{
    while (!text.empty()) {
        auto const [code, size] = first_utf8(text);
        if (is_harmless(code))
            shown += text.substr(0, size);
        else
            shown += escaped(code);
        text.remove_prefix(size);
    }
}

bool continues_character(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

std::string in_one_line(std::string_view text)
{
    std::string line;
    for (char const c : visible(text))
        if (c == '\n')
            line += "\\n";
        else if (c == '\t')
            line += "\\t";
        else
            line += c;
    return line;
}

std::string visible(std::string_view text)
{
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        auto const scan = scan_utf8(text);
        append_valid(shown, text.substr(0, scan.valid));
        for (char const c : text.substr(scan.valid, scan.bad))
            shown += escape('x', static_cast<unsigned char>(c), 2);
        text.remove_prefix(scan.valid + scan.bad);
    }
    return shown;
}

std::string_view first_bytes(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    auto const head = text.substr(0, most);
    auto const scan = scan_utf8(head);
    bool const cuts_character =
        scan.stop == Utf8Scan::at_incomplete
        && scan_utf8(text.substr(scan.valid, longest_character)).valid > 0;
    return cuts_character ? head.substr(0, scan.valid) : head;
}

std::string_view last_bytes(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    auto tail = text.substr(text.size() - most);
    std::size_t rest = 0;
    while (rest + 1 < longest_character && rest < tail.size()
           && continues_character(tail[rest]))
        ++rest;
    tail.remove_prefix(rest);
    return tail;
}

} // namespace runnel::inline v0
