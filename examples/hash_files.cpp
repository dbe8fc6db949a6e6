// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Hashes the files below a directory, one process for each, as many at once as there are
// processors; prints them as they are ready, or with --in-order as they were found.
// Usage: hash_files [--in-order] [DIRECTORY]
#include <runnel/runnel.hpp>

#include <iostream>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

using namespace runnel;

int main(int argc, char** argv)
{
    bool const sorted = argc > 1 && argv[1] == std::string_view("--in-order");
    auto const* const directory =
        argc > 1 + sorted ? argv[1 + sorted] : "/usr/share/common-licenses";
    auto const hash = [](std::string_view file) {
        return std::pair(std::string(file), cmd("sha256sum", "-z", "--", file));
    };
    auto const order = sorted ? ResultOrder::input : ResultOrder::completion;
    int failures = 0;
    try {
        for (auto const& done :
             cmd("find", directory, "-type", "f", "-print0") | records('\0')
                 | std::views::transform(hash)
                 | parallel({.order = order, .output = JobOutput::captured}))
            if (done)
                std::cout << done.result.out.view().substr(0, 64) << "  "
                          << done.key << '\n';
            else
                std::cerr << done.key << ": failed " << ++failures << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return failures > 0;
}
