// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Writes bytes to stdout as fast as they are taken: MEBIBYTES of its own, or with
// `copy` all that comes through stdin.
//
//     move_bytes MEBIBYTES|copy [CPU [BYTES]]
//
// BYTES: how many it writes at once (256 KiB, which is the most). It moves to the CPU
// itself, because some of those that start it cannot say where.
#include "own_part.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string_view>

#include <unistd.h>

namespace {

using bench::move_to;
using bench::write_all;

std::array<char, std::size_t{256} * 1024> buffer;

void copy()
{
    for (;;) {
        auto const count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0)
            throw std::runtime_error("cannot read");
        if (count == 0)
            return;
        write_all({buffer.data(), static_cast<std::size_t>(count)});
    }
}

void write(std::size_t mebibytes, std::size_t at_once)
{
    buffer.fill('x'); // some libraries end a text at a byte 0
    for (auto left = (mebibytes << 20) / at_once; left > 0; --left)
        write_all({buffer.data(), at_once});
}

std::size_t number(char const* digits, std::size_t most)
{
    return std::min<std::size_t>(std::strtoull(digits, nullptr, 10), most);
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc < 2)
        throw std::invalid_argument("how many mebibytes, or copy?");
    if (argc > 2)
        move_to(std::atoi(argv[2]));
    if (argv[1] == std::string_view("copy"))
        copy();
    else
        write(number(argv[1], 1 << 20),
              number(argc > 3 ? argv[3] : "262144", buffer.size()));
} catch (std::exception const& error) {
    std::fprintf(stderr, "move_bytes: %s\n", error.what());
    return 1;
}
