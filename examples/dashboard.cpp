// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Follows several logs at once, in the order in which their lines come, and counts
// errors. Usage: dashboard [LOG]...; without logs, three children write some.
#include <runnel/arrivals.hpp>
#include <runnel/runnel.hpp>

#include <iostream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;

int main(int argc, char** argv)
{
    std::vector<std::string> names(argv + 1, argv + argc);
    std::vector<LineRange> logs;
    for (auto const& name : names)
        logs.push_back(cmd("tail", "-n0", "-F", "--", name) | lines);
    if (logs.empty())
        for (auto const* const name : {"web", "db", "queue"}) {
            names.emplace_back(name);
            logs.push_back(sh("for i in 1 2 3; do echo $0 $i; sleep 0.01; done;"
                              "echo error: $0 is full",
                              name)
                           | lines);
        }
    try {
        std::map<std::string, int> errors;
        for (auto const& [index, line] : as_they_come(std::move(logs))) {
            errors[names[index]] += line.starts_with("error");
            std::cout << names[index] << ": " << line << std::endl;
        }
        for (auto const& [name, count] : errors)
            std::cout << name << " had " << count << " errors\n";
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
