// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures stdout and stderr apart. The program writes more than fits into a
// pipe to both of them.
#include <runnel/runnel.hpp>

#include <iostream>

int main()
{
    using namespace runnel;
    auto const script = "BEGIN { while (++n < 100000) { print n;"
                        " print -n > \"/dev/stderr\" } exit 3 }";
    try {
        auto const done = run(cmd("awk", script), {.capture_output = true});
        std::cout << done.out.size() << ' ' << done.err.size() << ' '
                  << done.returncode << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
