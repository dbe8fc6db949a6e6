// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The lines that the commands of the model test write. Included by the child
// program as well as by the oracle, so that both agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace runnel::test::model {

/// A name that no other writer of the expression has.
inline std::string writer_name(std::string_view command, char stream,
                               std::size_t act)
{
    return std::string(command) + stream + std::to_string(act);
}

/// Appends line `number` of a writer: its name, the number, then padding up to
/// `length` bytes, newline included. A line may be longer than `length`, but
/// never longer than 4096 bytes: a pipe takes it whole.
inline void append_line(std::string& to, std::string_view writer,
                        std::size_t number, std::size_t length)
{
    auto const begin = to.size();
    to += writer;
    to += '.';
    to += std::to_string(number);
    to += '.';
    if (to.size() - begin + 1 < length)
        to.append(length - 1 - (to.size() - begin), 'x');
    to += '\n';
}

/// FNV-1a.
inline std::uint64_t hash_of(std::string_view line)
{
    std::uint64_t hash = 14695981039346656037U;
    for (char const c : line) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211U;
    }
    return hash;
}

/// True if a filter passes on the line (without its newline).
inline bool is_kept(std::string_view line)
{
    return hash_of(line) % 3 != 0;
}

/// A summary of all lines that were read, in any order.
struct Summary {
    std::size_t lines = 0;
    std::size_t bytes = 0;
    std::uint64_t hashes = 0;

    void add(std::string_view line)
    {
        ++lines;
        bytes += line.size() + 1;
        hashes += hash_of(line);
    }

    std::string line(std::string_view writer) const
    {
        return std::string(writer) + ".sum." + std::to_string(lines) + '.'
             + std::to_string(bytes) + '.' + std::to_string(hashes) + '\n';
    }
};

inline std::string size_line(std::string_view writer, std::size_t bytes)
{
    return std::string(writer) + ".size." + std::to_string(bytes) + '\n';
}

} // namespace runnel::test::model
