// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The ways to get many bytes of a child into memory, and to send it as many, that are
// compared; each in a file of peers/. Every one starts the child, waits for its end,
// and returns how many bytes came, or throws.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The child at the other end; `cpu` is where it goes, if anywhere.
struct ByteChild {
    std::string what; ///< mebibytes to write, or "copy"
    std::optional<int> cpu;
    std::size_t at_once = 0; ///< bytes of a write; 0: many. Needs `cpu`

    static std::string program() { return RUNNEL_BENCH_MOVE_BYTES; }

    std::vector<std::string> arguments() const
    {
        std::vector<std::string> result{what};
        if (cpu)
            result.push_back(std::to_string(*cpu));
        if (cpu && at_once != 0)
            result.push_back(std::to_string(at_once));
        return result;
    }

    /// The child beside it that reads all and writes it on.
    ByteChild reader() const { return {"copy", cpu}; }

    std::vector<std::string> words() const
    {
        auto result = arguments();
        result.insert(result.begin(), program());
        return result;
    }
};

/// Bare system calls, pipes of 1 MiB, reads of 256 KiB, memory from realloc.
namespace floor {
/// What the bytes of a child may come through.
enum class Channel { pipe, large_pipe, sockets, large_sockets };

/// Reads and forgets.
std::size_t bytes_through(ByteChild const& child, Channel channel);
std::size_t bytes_in_memory(ByteChild const& child);
/// One poll loop writes `input` and reads what comes back.
std::size_t there_and_back(ByteChild const& child, std::string_view input);
/// What the child writes goes into the file `copy` and on to a second child, which
/// forgets it. Returns the size of the file.
std::size_t teed_in_kernel(ByteChild const& child, std::string const& copy);
std::size_t teed_by_hand(ByteChild const& child, std::string const& copy);
} // namespace floor

namespace ours {
std::size_t captured(ByteChild const& child);
std::size_t captured_in_file(ByteChild const& child);
std::size_t read(ByteChild const& child);
std::size_t read_in_file(ByteChild const& child);
std::size_t communicated(ByteChild const& child);
std::size_t there_and_back(ByteChild const& child, std::string_view input);
std::size_t communicated(ByteChild const& child, std::string_view input);
std::size_t teed(ByteChild const& child, std::string const& copy);
/// By tee(1), one child more.
std::size_t teed_by_program(ByteChild const& child, std::string const& copy);
} // namespace ours

namespace libc {
/// fread from popen(3) into a std::string.
std::size_t bytes_by_popen(ByteChild const& child);
} // namespace libc

#ifdef RUNNEL_BENCH_BOOST
namespace boost_process {
std::size_t v1_bytes(ByteChild const& child);
std::size_t v2_bytes(ByteChild const& child);
} // namespace boost_process
#endif

} // namespace bench
