// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Feeds a string to a program and reads what comes back.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>

int main()
{
    using namespace runnel;
    std::string const words = "pear\napple\nfig\n";
    try {
        std::cout << check_output(cmd("sort"), {.input = words});
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
