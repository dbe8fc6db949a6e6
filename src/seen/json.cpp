// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/json.hpp"

#include "text/utf8.hpp"

#include <array>
#include <cstdio>

namespace runnel::inline v0 {

namespace {

bool is_plain(char c)
{
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'
        && c != 0x7f;
}

void add_character(std::string& out, char c)
{
    if (is_plain(c)) {
        out += c;
    } else if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else {
        std::array<char, 8> code;
        std::snprintf(code.data(), code.size(), "\\u%04x",
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += code.data();
    }
}

} // namespace

std::string json(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        auto const scan = scan_utf8(text);
        for (char const c : text.substr(0, scan.valid))
            add_character(out, c);
        text.remove_prefix(scan.valid);
        if (scan.stop == Utf8Scan::at_end)
            break;
        out += "\\ufffd";
        text.remove_prefix(scan.stop == Utf8Scan::at_incomplete ? text.size()
                                                                : scan.bad);
    }
    return out + '"';
}

} // namespace runnel::inline v0
