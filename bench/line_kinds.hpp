// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The lines that are read: the child makes them, the benchmark knows what they
// add up to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

/// How long the text of a line is, the newline not counted.
struct LineKind {
    std::string_view name;
    unsigned shortest;
    unsigned longest;
};

inline constexpr LineKind line_kinds[] = {{"short", 1, 17}, {"log", 50, 154}};

inline LineKind const& line_kind(std::string_view name)
{
    for (auto const& kind : line_kinds)
        if (kind.name == name)
            return kind;
    throw std::invalid_argument("there are no such lines");
}

/// What is written again and again; it ends with a newline.
constexpr std::size_t block_size = std::size_t{1} << 20;

/// The same lines each time: this generator's numbers are those of the
/// standard, and seeded. Its low bits are poor.
class LineRandom {
public:
    /// One of `count` numbers, from 0.
    unsigned below(unsigned count)
    {
        return static_cast<unsigned>((numbers_() >> 33) % count);
    }

private:
    std::linear_congruential_engine<std::uint64_t, 6364136223846793005,
                                    1442695040888963407, 0>
        numbers_{1};
};

/// Lengths are even among those of the kind, so that no branch predictor
/// learns them; only the last line takes what is left.
inline std::string block_of(LineKind const& kind)
{
    LineRandom random;
    std::string block(block_size, '\n');
    for (auto& byte : block)
        byte = static_cast<char>('a' + random.below(26));
    std::size_t end = 0;
    while (block_size - end > 2 * (kind.longest + 1)) {
        end += kind.shortest + random.below(kind.longest - kind.shortest + 1);
        block[end++] = '\n';
    }
    block.back() = '\n';
    return block;
}

} // namespace bench
