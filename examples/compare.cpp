// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Shows the differences between the output of two commands, side by side, as
// `diff -y <(a) <(b)` does. Usage: compare [SCRIPT SCRIPT]; without them it
// compares the users of this machine with its groups. Exits as diff(1) does.
#include <runnel/runnel.hpp>

#include <iostream>

using namespace runnel;

namespace {

/// The names in a file such as /etc/passwd.
Pipeline names(char const* file)
{
    return cmd("cut", "-d:", "-f1", file) | cmd("sort");
}

} // namespace

int main(int argc, char** argv)
{
    bool const given = argc > 2;
    auto const left = given ? Pipeline(sh(argv[1])) : names("/etc/passwd");
    auto const right = given ? Pipeline(sh(argv[2])) : names("/etc/group");
    auto const diff = cmd("diff", "--side-by-side", "--suppress-common-lines",
                          "--width=72", from(left), from(right))
                          .accept({0, 1}) // 1: they differ
                          .named("diff");
    try {
        std::cout << "$ " << diff << std::endl;
        auto const done = check(diff);
        for (auto const& stage : done.stages)
            std::cout << stage.command << ": " << to_string(stage.status)
                      << '\n';
        return given ? done.returncode : 0;
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
