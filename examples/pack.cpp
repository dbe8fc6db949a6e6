// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Packs a directory, and computes the checksum and the size of the tar archive
// from the same bytes as they pass: tar runs once, and nothing is read again.
// Usage: pack [DIRECTORY [ARCHIVE]]; without ARCHIVE the result goes to
// /dev/null.
#include <runnel/runnel.hpp>

#include <filesystem>
#include <iostream>

using namespace runnel;

int main(int argc, char** argv)
{
    std::filesystem::path const directory =
        argc > 1 ? argv[1] : "/usr/share/common-licenses";
    std::filesystem::path const archive = argc > 2 ? argv[2] : "/dev/null";

    auto const tar = cmd("tar", "-c", "--", directory.filename())
                         .cwd(directory.parent_path());
    auto const sum = cmd("sha256sum") | cmd("cut", "-c", "-64") | capture;
    auto const size = cmd("wc", "-c") | capture;
    auto const pack = tar | tee(sum, size) | (cmd("gzip") > archive);
    try {
        auto const done = check(pack);
        std::cout << "sha256 " << done.stages[2].out << "bytes  "
                  << done.stages[3].out;
        for (auto const& stage : done.stages)
            std::cout << stage.command << ": " << to_string(stage.status)
                      << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
