// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Goes through the output of a program line by line while the program runs.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>
#include <string_view>

int main()
{
    using namespace runnel;
    std::string longest;
    try {
        for (std::string_view line : cmd("ls", "/usr/bin") | lines)
            if (line.size() > longest.size())
                longest = line;
        std::cout << longest << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
