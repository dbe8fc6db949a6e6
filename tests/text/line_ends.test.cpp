// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where lines end, by the instructions of this processor and without.
#include "support/cutting.hpp"
#include "support/line_ends_any.hpp"

#include "text/line_ends.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

using Find = void(char const*, std::size_t, char, std::uint64_t*) noexcept;

/// The masks of `bytes`; behind them lie as many ends as are read.
std::vector<std::uint64_t> masks_of(Find* find, std::string_view bytes,
                                    std::size_t offset, char end)
{
    std::string memory(offset, end);
    memory += bytes;
    memory.append(block_size, end);
    std::vector<std::uint64_t> masks((bytes.size() + block_size - 1)
                                     / block_size);
    find(memory.data() + offset, bytes.size(), end, masks.data());
    return masks;
}

/// That both ways give what a plain loop gives.
bool is_right(std::string_view bytes, std::size_t offset, char end)
{
    auto const wanted = plain_line_ends(bytes, end);
    return masks_of(find_line_ends, bytes, offset, end) == wanted
        && masks_of(find_line_ends_any, bytes, offset, end) == wanted;
}

} // namespace

TEST_CASE("line ends are found at any place of a block", "[lines][line_ends]")
{
    bool all_right = true;
    for (std::size_t at = 0; at < 3 * block_size; ++at) {
        std::string bytes(3 * block_size, 'x');
        bytes[at] = '\n';
        all_right &= is_right(bytes, 0, '\n');
    }
    CHECK(all_right);
}

TEST_CASE("line ends are found in any count of bytes, and none behind them",
          "[lines][line_ends]")
{
    std::mt19937 random(5);
    bool all_right = true;
    for (std::size_t count = 0; count < 5 * block_size; ++count) {
        std::string bytes(count, ' ');
        for (auto& c : bytes)
            c = "\nab\v"[random() % 4];
        all_right &= is_right(bytes, 0, '\n');
    }
    CHECK(all_right);
}

TEST_CASE("line ends are found at any alignment", "[lines][line_ends]")
{
    std::mt19937 random(6);
    std::string bytes(1000, ' ');
    for (auto& c : bytes)
        c = "\nabc"[random() % 4];
    for (std::size_t offset = 0; offset < block_size; ++offset) {
        CAPTURE(offset);
        CHECK(is_right(bytes, offset, '\n'));
    }
}

TEST_CASE("a line may end with any byte, and none is taken for it",
          "[lines][line_ends]")
{
    // Each byte beside each: carries between neighbours would show.
    std::string bytes;
    for (int c = 0; c < 256; ++c)
        for (int step : {0, 1, 255, 128})
            bytes += {static_cast<char>(c), static_cast<char>(c + step)};
    for (int end = 0; end < 256; ++end) {
        CAPTURE(end);
        CHECK(is_right(bytes, 0, static_cast<char>(end)));
    }
}
