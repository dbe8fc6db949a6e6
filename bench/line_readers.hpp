// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The ways to read a child's lines that are compared; each in a file of peers/.
// Every one starts the child, looks at each line once and waits for the child's
// end, or throws.
#pragma once

#include "line_kinds.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What is done with the lines. It is next to nothing, on purpose: the rest is
/// the price of getting them.
struct Tally {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0; ///< of the texts, without newlines

    void add(std::string_view line)
    {
        ++lines;
        bytes += line.size();
    }

    friend bool operator==(Tally const&, Tally const&) = default;
};

/// What a filter lets through: most lines, but not predictably all.
inline bool wanted(std::string_view line)
{
    return !line.starts_with('x');
}

/// The child that writes the lines; `cpu` is where it goes, if anywhere.
struct LineSource {
    LineKind kind;
    unsigned mebibytes;
    std::optional<int> cpu;

    std::string program() const { return RUNNEL_BENCH_WRITE_LINES; }

    std::vector<std::string> arguments() const
    {
        std::vector<std::string> result{std::string(kind.name),
                                        std::to_string(mebibytes)};
        if (cpu)
            result.push_back(std::to_string(*cpu));
        return result;
    }
};

/// Bare system calls, a pipe of 1 MiB, reads of 256 KiB.
namespace floor {
/// Newlines are found 64 bytes at a time, as the bits of a number.
Tally lines(LineSource const& source);
Tally lines_by_memchr(LineSource const& source);
/// Has no lines to tally: what the pipe alone takes.
Tally bytes(LineSource const& source);
} // namespace floor

namespace ours {
/// What a loop tallies: all lines, those that are `wanted`, or bytes only, the
/// newlines among them.
enum class Takes { all, wanted, bytes };

struct LineLoop {
    std::string_view name;
    Tally (*read)(LineSource const& source);
    Takes takes;
};

/// The same loops, compiled twice: in a file of their own, and between a hundred
/// expressions of other kinds.
std::span<LineLoop const> loops_alone();
std::span<LineLoop const> loops_in_large_file();
} // namespace ours

namespace libc {
Tally lines_by_popen(LineSource const& source);
Tally lines_by_fdopen(LineSource const& source);
/// With a pipe and a buffer like those of the floor.
Tally lines_by_large_fdopen(LineSource const& source);
/// Tells the number of lines and not their bytes.
Tally lines_by_wc(LineSource const& source);
#ifdef __GLIBCXX__
/// std::getline on a buffer of libstdc++ over the pipe.
Tally lines_by_istream(LineSource const& source);
#endif
} // namespace libc

#ifdef RUNNEL_BENCH_BOOST
namespace boost_process {
Tally v1_lines(LineSource const& source);
} // namespace boost_process
#endif

} // namespace bench
