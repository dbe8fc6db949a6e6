// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/markup.hpp"

#include "seen/quantity.hpp"
#include "text/visible.hpp"

namespace runnel::inline v0 {

namespace {

/// XML has no U+FFFE and U+FFFF: in UTF-8, EF BF BE and EF BF BF.
std::string without_noncharacters(std::string text)
{
    for (std::string_view const wrong : {"\xef\xbf\xbe", "\xef\xbf\xbf"})
        for (auto at = text.find(wrong); at != text.npos;
             at = text.find(wrong, at))
            text.replace(at, wrong.size(), "\xef\xbf\xbd"); // U+FFFD
    return text;
}

} // namespace

std::string markup(std::string_view text)
{
    std::string out;
    for (char const c : without_noncharacters(in_one_line(text))) {
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string coordinate(double number)
{
    return decimal(number, 2);
}

} // namespace runnel::inline v0
