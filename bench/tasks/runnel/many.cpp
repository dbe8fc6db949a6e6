// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs 20 commands, at most 4 at once, and counts the failures. A command that
// cannot be started is a failure.
#include <runnel/runnel.hpp>

#include <iostream>
#include <ranges>

int main()
{
    using namespace runnel;
    auto const task = [](int i) { return cmd("test", i, "-le", 16); };
    auto const tasks = std::views::iota(1, 21) | std::views::transform(task);
    int failures = 0;
    for (Finished const& done : tasks | parallel(4))
        if (!done)
            ++failures;
    std::cout << failures << " of 20 failed\n";
}
