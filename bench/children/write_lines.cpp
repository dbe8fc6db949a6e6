// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Writes lines to stdout, as fast as whoever reads them can take them.
//
//     write_lines KIND MEBIBYTES [CPU]
//
// It moves to the CPU itself, for it is started by a shell or by Python as
// well, and those hand on the place that they are in.
#include "../line_kinds.hpp"
#include "own_part.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

int main(int argc, char** argv)
try {
    if (argc < 3)
        throw std::invalid_argument("which lines, how many mebibytes?");
    if (argc > 3)
        bench::move_to(std::atoi(argv[3]));
    auto const block = bench::block_of(bench::line_kind(argv[1]));
    for (int left = std::atoi(argv[2]); left > 0; --left)
        bench::write_all(block);
} catch (std::exception const& error) {
    std::fprintf(stderr, "write_lines: %s\n", error.what());
    return 1;
}
