// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Looks names of users up, which a static program must be able to do without nss.
#include <runnel/runnel.hpp>

#include <cstdio>

int main()
{
    using namespace runnel;
    auto const root = home("~root/x");
    if (auto const in_shell = read(sh("echo ~root/x")); root != in_shell) {
        std::printf("root: %s, by a shell: %s\n", root.c_str(),
                    in_shell.c_str());
        return 1;
    }
    try {
        Popen({"true"}, {.user = "nobody of that name"});
    } catch (std::exception const&) {
        return 0;
    }
    std::puts("a user that does not exist was found");
    return 1;
}
