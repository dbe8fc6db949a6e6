// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Finds files with the same content: find -> C++ -> sha256sum -> C++. Names end
// with NUL from find to sha256sum, so any name works. Usage: duplicates
// [DIRECTORY]
#include <runnel/runnel.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;

namespace {

/// The names in `entries` ("SIZE NAME") of files that have the size of another
/// file: only these can be duplicates.
auto not_alone(LineRange entries)
{
    std::map<std::string, std::vector<std::string>> by_size;
    for (std::string_view entry : entries) {
        auto const blank = entry.find(' ');
        by_size[std::string(entry, 0, blank)].emplace_back(
            entry.substr(blank + 1));
    }
    std::vector<std::string> names;
    for (auto& same : by_size | std::views::values)
        if (same.size() > 1)
            std::ranges::move(same, std::back_inserter(names));
    return std::move(names) | std::views::transform([](auto const& name) {
               return Line(name, '\0'); // a plain word would get a newline
           });
}

} // namespace

int main(int argc, char** argv)
{
    auto const* const directory = argc > 1 ? argv[1] : "/usr/share/doc";
    auto const files = cmd("find", directory, "-type", "f", "-readable",
                           "-size", "+0", "-printf", "%s %p\\0");
    auto const hash = "xargs -0 -r sha256sum -z --"_cmd | cmd("sort", "-z");
    try {
        std::string last;
        std::string first_name;
        int copies = 0;
        for (std::string_view entry :
             files | stage(not_alone, {.delimiter = '\0'}) | hash
                 | records('\0')) {
            auto const name = entry.substr(66); // after the sum and two blanks
            if (entry.starts_with(last) && !last.empty()) {
                std::cout << name << "\n    is " << first_name << '\n';
                ++copies;
                continue;
            }
            last = entry.substr(0, 64);
            first_name = name;
        }
        std::cout << copies << " files could go\n";
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
