// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The first screen of the README as a complete program.
#include <runnel/runnel.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;

namespace {

bool is_thread_header(std::string_view path)
{
    return path.ends_with("thread.h");
}

std::string_view extension(std::string_view path)
{
    return path.substr(std::min(path.rfind('.'), path.size()));
}

} // namespace

int main()
{
    std::cout << std::unitbuf; // child processes write to stdout, too
    auto hda = run(cmd("dmesg") | cmd("grep", "hda") | capture);
    std::cout << (hda ? "old disks:\n" : "no old disks\n") << hda.out;
    for (auto const& stage : hda.stages)
        std::cout << "    " << stage.command << ": " << to_string(stage.status)
                  << '\n';

    for (std::string_view line : cmd("find", "/usr/include") | lines
                                     | std::views::filter(is_thread_header)
                                     | std::views::take(3))
        std::cout << line << '\n'; // lazy: find ends after the third

    auto top = cmd("find", "/usr/include", "-name", "*.*") | lines
             | std::views::transform(extension) // process -> C++ -> process
             | cmd("sort") | cmd("uniq", "-c") | cmd("sort", "-rn") | lines
             | std::views::take(3);
    for (std::string_view line : top)
        std::cout << line << '\n';

    std::vector<std::string> const fruit{"pear", "apple", "fig"};
    check(fruit | cmd("sort") | cmd("tr", "\n", " "));
    check(cmd("diff", "-q", from(cmd("uname", "-s")), from(cmd("uname", "-m")))
              .accept({1})); // diff <(...) <(...)

    if (run(cmd("test", "-d", "/proc/self")))
        std::puts("there is a /proc"); // replaces system()
    std::string const host = read(cmd("uname", "-n")); // $(uname -n)
    std::cout << "this is " << host << '\n';

    auto const either = cmd("no-such-editor", "--version")
                     || cmd("echo", "no editor, but a list that goes on");
    check(either);

    auto const spell = cmd("tr", "a-z", "A-Z") < text("a here-string\n");
    check((spell | cmd("cat", "-n")) > err(devnull));

    Popen sort({"sort", "-n"}, {.in = Stdio::pipe, .out = Stdio::pipe});
    auto [out, err] = sort.communicate("3\n1\n2\n"); // Python's Popen, whole
    std::cout << out;
}
