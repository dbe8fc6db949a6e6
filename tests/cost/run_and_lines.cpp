// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The program whose size is meant by "run and lines".
#include <runnel/runnel.hpp>

#include <iostream>

using namespace runnel;

int main()
{
    for (auto line : cmd("ls", "/usr/bin") | cmd("grep", "z") | lines)
        std::cout << line << '\n';
    auto const done = run(cmd("sort") < text("b\na\n") > capture);
    std::cout << done.out;
    return done ? 0 : 1;
}
