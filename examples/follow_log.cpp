// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Shows the lines of a log as they come, until one holds a word: a `tail -f`
// that ends. Usage: follow_log [FILE WORD [SECONDS]]; without them it follows a
// log that a child process writes meanwhile.
#include <runnel/runnel.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

using namespace runnel;

namespace {

/// True if a line held the word.
bool follow(std::filesystem::path const& file, std::string_view word,
            std::chrono::seconds limit)
{
    auto const tail = cmd("tail", "-n", "+1", "-f", "--", file);
    for (std::string_view line : tail | lines({.timeout = limit})) {
        std::cout << line << std::endl;
        if (line.find(word) != line.npos)
            return true; // ends tail at once, even if it never writes again
    }
    return false;
}

} // namespace

int main(int argc, char** argv)
{
    using std::chrono::seconds;
    try {
        if (argc > 2) {
            auto const limit =
                argc > 3 ? std::strtol(argv[3], nullptr, 10) : 60;
            return follow(argv[1], argv[2], seconds(limit)) ? 0 : 1;
        }
        auto const log = read(cmd("mktemp"));
        auto const script = "for step in 1 2 3; do"
                            "  echo starting, step $step; sleep 0.1;"
                            "done;"
                            "echo listening; exec sleep 60";
        Job const server = start(sh(script) > append(log));
        bool const came = follow(log, "listening", seconds(10));
        std::filesystem::remove(log);
        std::cout << (came ? "it is up\n" : "it ended before\n");
        // The destructor of `server` ends the server here.
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
