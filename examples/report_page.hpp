// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How the report looks: headings, rows, bars and tables on a page of 80 columns.
#pragma once

#include <runnel/runnel.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    for (auto const line : text | std::views::split('\n'))
        put("    ", std::string_view(line.begin(), line.end()));
}

/// A part of a pipeline in words: a process as a shell would write it, other
/// things as they are said.
inline std::string shown(Expression const& part)
{
    return to_string(part);
}
inline std::string shown(std::string_view part)
{
    return std::string(part);
}

/// A heading, and below it the pipeline that it is about, part by part.
void heading(std::string_view title, auto const&... parts)
{
    std::putchar('\n');
    put("", title, "\033[1m");
    std::string line;
    for (auto const& part : {shown(parts)...}) {
        if (!line.empty() && line.size() + part.size() > 72)
            put("  ", std::exchange(line, " "), "\033[2m");
        line += (line.empty() ? "" : " | ") + part;
    }
    put("  ", line, "\033[2m");
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
        std::printf("    %-22.22s %7ld %-9s %s\n", name.c_str(), number, unit,
                    bar(double(number), double(largest)).c_str());
}

/// In milliseconds.
double ms(auto duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// How each stage went.
inline void table(CompletedProcess const& done)
{
    std::printf("    %-33s %-18s %9s %9s\n", "stage", "ended with", "after",
                "cpu");
    for (auto const& stage : done.stages) {
        auto const cpu = stage.usage.user_time + stage.usage.system_time;
        std::printf("    %-33.33s %-18s %6.0f ms %6.0f ms%s\n",
                    stage.command.c_str(), to_string(stage.status).c_str(),
                    ms(stage.wall_time), ms(cpu),
                    stage.forgiven ? "  forgiven" : "");
        if (stage.err.captured() && !stage.err.empty())
            row("  it said: " + std::string(stage.err.trimmed()));
    }
}

} // namespace page
