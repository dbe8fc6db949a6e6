// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How the report looks: headings with their code, rows and bars on a page of 80 columns.
#pragma once

#include <runnel/runnel.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <ranges>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifndef REPORT_SOURCE
#define REPORT_SOURCE "report.cpp"
#endif

namespace page {

using namespace runnel;

/// Whether styles are used; the program sets it.
inline bool coloured = false;

/// One line; `style`, such as bold, if the page has colours.
inline void put(std::string_view before, std::string_view text,
                std::string_view style = {})
{
    auto const* const end = coloured && !style.empty() ? "\033[0m" : "";
    std::printf("%s%s%.*s%s\n", std::string(before).c_str(),
                *end ? std::string(style).c_str() : "", int(text.size()),
                text.data(), end);
}

/// One line of the report for each line of `text`.
inline void row(std::string_view text)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    for (auto const line : text | std::views::split('\n'))
        put("  ", std::string_view(line.begin(), line.end()));
}

/// A heading, and below it the code that makes what follows: the lines of the source
/// from here to the end of the function, if the source is still there.
inline void heading(std::string_view title,
                    std::source_location from = std::source_location::current())
{
    std::putchar('\n');
    put("", title, "\033[1m");
    auto const in_function = [](std::string_view line) { return line != "}"; };
    if (std::filesystem::exists(REPORT_SOURCE))
        for (std::string_view line : Stdio(REPORT_SOURCE) | lines
                                         | std::views::drop(from.line())
                                         | std::views::take_while(in_function))
            if (!line.empty())
                put("", line, "\033[36m");
}

/// As much of `width` as `part` is of `whole`.
inline std::string bar(double part, double whole, int width = 34)
{
    auto const length = whole > 0 ? part / whole * width + 0.5 : 0;
    return std::string(std::size_t(std::clamp(length, 0.0, double(width))),
                       '#');
}

/// The number in front of `text`, and what stands behind it.
inline std::pair<long, std::string_view> number_and_rest(std::string_view text)
{
    constexpr auto skip_blanks = [](std::string_view& from) {
        from.remove_prefix(
            std::min(from.find_first_not_of(" \t"), from.size()));
    };
    long number = 0;
    skip_blanks(text);
    auto const end =
        std::from_chars(text.data(), text.data() + text.size(), number).ptr;
    text.remove_prefix(std::size_t(end - text.data()));
    skip_blanks(text);
    return {number, text};
}

/// Draws lines such as "42 name", which is what `uniq -c` writes.
void chart(auto&& lines, char const* unit)
{
    std::vector<std::pair<long, std::string>> rows;
    for (std::string_view line : lines)
        rows.emplace_back(number_and_rest(line));
    if (rows.empty())
        return row("there is none here");
    auto const largest = std::ranges::max(rows | std::views::keys);
    for (auto const& [number, name] : rows)
        std::printf("  %-22.22s %7ld %-9s %s\n", name.c_str(), number, unit,
                    bar(double(number), double(largest)).c_str());
}

} // namespace page
