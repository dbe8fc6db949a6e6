// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures the output of ls /usr/bin | grep z | wc -l
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>

int main()
{
    using namespace runnel;
    auto const matching = cmd("grep", "z").accept({0, 1}); // 1: nothing found
    try {
        std::string const count =
            read(cmd("ls", "/usr/bin") | matching | cmd("wc", "-l"));
        std::cout << count << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
