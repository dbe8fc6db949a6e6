// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Backs a directory up: archive, checksum of it, compressed, split into parts, with
// progress on a terminal. Ctrl-C or a failure leaves nothing behind. Usage: backup
// [DIRECTORY NEW_DIRECTORY]; without them it packs some files and removes the parts.
#include <runnel/progress.hpp>
#include <runnel/runnel.hpp>

#include <filesystem>
#include <iostream>

using namespace runnel;

int main(int argc, char** argv)
{
    bool const is_given = argc > 2;
    auto const* const from = is_given ? argv[1] : "/usr/share/common-licenses";
    std::filesystem::path const into =
        is_given ? argv[2] : read(cmd("mktemp", "-u"));
    if (!std::filesystem::create_directory(into)) {
        std::cerr << into << " exists\n";
        return 1;
    }
    Interrupts interrupts;
    try {
        auto const sum = cmd("sha256sum") | cmd("cut", "-c", "-64") | capture;
        auto const split = cmd("split", "-b16m", "-", into / "part.");
        auto const done = check(
            cmd("tar", "-C", from, "-c", ".") | progress("backup") | tee(sum)
                | cmd("gzip") | split,
            {.stop = interrupts.token(), .containment = Containment::group});
        std::cout << done.captures.at(0).bytes
                  << glob(into.string() + "/part.*").size() << " parts\n";
    } catch (SubprocessError const& error) {
        std::filesystem::remove_all(into);
        std::cerr << error.what() << '\n';
        interrupts.reraise(); // so that a script around it ends as well
        return 1;
    }
    if (!is_given)
        std::filesystem::remove_all(into);
}
