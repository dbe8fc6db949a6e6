// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a program with arguments and prints its exit code.
#include <runnel/runnel.hpp>

#include <iostream>

int main()
{
    using namespace runnel;
    try {
        auto const done = run(cmd("cmp", "-s", "/etc/passwd", "/etc/group"));
        std::cout << done.returncode << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
