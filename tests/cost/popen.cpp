// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The program whose size is meant by "Popen alone".
#include <runnel/popen.hpp>

#include <iostream>

using namespace runnel;

int main()
{
    Popen sort({"sort", "-n"}, {.in = Stdio::pipe, .out = Stdio::pipe});
    auto const [out, err] = sort.communicate("3\n1\n2\n");
    std::cout << out;
    return sort.wait();
}
