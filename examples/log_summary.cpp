// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The most frequent lines of a log. Lines that differ only in their numbers
// count as one. Usage: log_summary [FILE]...; compressed files as well. Without
// a file it reads a sample.
#include <runnel/runnel.hpp>

#include <algorithm>
#include <iostream>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

using namespace runnel;

namespace {

constexpr std::string_view sample =
    "09:12:01 sshd[811]: Failed password for root from 10.0.0.7 port 4711\n"
    "09:12:04 sshd[811]: Failed password for root from 10.0.0.7 port 4712\n"
    "09:15:00 cron[902]: session opened for user backup\n"
    "09:15:09 cron[902]: session closed for user backup\n"
    "09:17:44 sshd[960]: Failed password for root from 10.0.0.9 port 1022\n";

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// The line with each number replaced by an N.
std::string shape(std::string_view line)
{
    std::string without(line);
    std::ranges::replace_if(without, is_digit, 'N');
    auto const again = std::ranges::unique(
        without, [](char a, char b) { return a == 'N' && b == 'N'; });
    without.erase(again.begin(), again.end());
    return without;
}

} // namespace

int main(int argc, char** argv)
{
    std::span const files(argv + 1, static_cast<std::size_t>(argc - 1));
    Pipeline const log = files.empty() ? Pipeline(cmd("cat") < text(sample))
                                       : cmd("zcat", "-f", "--", files);
    try {
        for (std::string_view line : log | lines | std::views::transform(shape)
                                         | cmd("sort") | cmd("uniq", "-c")
                                         | cmd("sort", "-rn") | lines
                                         | std::views::take(10))
            std::cout << line << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
