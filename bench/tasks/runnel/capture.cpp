// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures the stdout of a program as a string.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>

int main()
{
    using namespace runnel;
    try {
        std::string const out = check_output(cmd("ls", "/"));
        std::cout << out;
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
