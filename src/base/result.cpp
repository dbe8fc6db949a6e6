// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/result.hpp>

#include <runnel/error.hpp>

#include "base/secrets_of.hpp"
#include "sys/immortal.hpp"
#include "text/visible.hpp"

#include <string_view>

namespace runnel::inline v0 {

namespace {

void append_escape(std::string& text, char c)
{
    constexpr std::string_view letters = "\n\t\r\"\\";
    constexpr std::string_view names = "ntr\"\\";
    if (auto const at = letters.find(c); at != letters.npos) {
        text += '\\';
        text += names[at];
        return;
    }
    // Three octal digits, because \x would also take hex digits that follow.
    auto const byte = static_cast<unsigned char>(c);
    text += '\\';
    for (int const bit : {6, 3, 0})
        text += static_cast<char>('0' + (byte >> bit & 7));
}

/// Bytes from 0x80 on are left to `visible`: they are likely UTF-8.
bool is_printable(char c)
{
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\';
}

std::string literal(std::string_view bytes)
{
    std::string text = "\"";
    for (char const c : bytes)
        if (is_printable(c))
            text += c;
        else
            append_escape(text, c);
    return text + '"';
}

template <class Range, class Text>
std::string list(Range const& range, Text text_of)
{
    std::string text = "[";
    for (auto const& element : range)
        text += (text.size() > 1 ? ", " : "") + literal(text_of(element));
    return text + ']';
}

} // namespace

std::string to_string(CompletedProcess const& result)
{
    std::string text = "CompletedProcess(";
    if (result.stages.size() > 1)
        text += "stages=" + list(result.stages, [](auto const& stage) {
                    return std::string_view(stage.command);
                });
    else
        text += "args=" + list(result.args(), [](auto const& arg) {
                    return std::string_view(arg);
                });
    text += ", returncode=" + std::to_string(result.returncode);
    auto const secrets = secrets_of(result);
    if (result.out.captured())
        text += ", out=" + literal(secrets.masked(result.out));
    if (result.err.captured())
        text += ", err=" + literal(secrets.masked(result.err));
    return visible(text) + ')';
}

std::vector<std::string> const& CompletedProcess::args() const noexcept
{
    static constinit sys::Immortal<std::vector<std::string>> none;
    return decided_by < stages.size()
             ? stages[decided_by].args
             : none.get([] { return std::vector<std::string>(); });
}

void CompletedProcess::check_returncode() const
{
    if (!*this)
        throw CalledProcessError(*this);
}

} // namespace runnel::inline v0
