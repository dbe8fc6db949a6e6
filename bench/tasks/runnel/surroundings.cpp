// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a program with a changed environment variable in another directory.
#include <runnel/runnel.hpp>

#include <iostream>

int main()
{
    using namespace runnel;
    try {
        check(cmd("date", "-r", "passwd").env("TZ", "UTC0").cwd("/etc"));
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
