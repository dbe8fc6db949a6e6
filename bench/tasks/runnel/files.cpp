// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a program with stdin from a file and stdout to a file.
#include <runnel/runnel.hpp>

#include <iostream>

int main()
{
    using namespace runnel;
    try {
        check(cmd("sort") < "/etc/passwd" > "sorted");
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
