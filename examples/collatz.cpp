// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A range that C++ generates, sorted by sort(1): which numbers take the longest
// walk to 1, halved if even, tripled and one added if odd.
// Usage: collatz [LIMIT]
#include <runnel/runnel.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <ranges>
#include <string>
#include <string_view>

using namespace runnel;

namespace {

int steps_to_one(std::uint64_t n)
{
    int steps = 0;
    for (; n != 1; ++steps)
        n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    return steps;
}

std::string row(long n)
{
    return std::to_string(steps_to_one(std::uint64_t(n))) + ' '
         + std::to_string(n);
}

} // namespace

int main(int argc, char** argv)
{
    long const limit = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 10000;
    auto const walks = std::views::iota(1L, limit) | std::views::transform(row);
    auto const longest = walks | cmd("sort", "-k1,1nr", "-k2,2n") | first(5);
    try {
        std::cout << "steps number\n";
        for (std::string_view line : longest | lines)
            std::cout << line << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
