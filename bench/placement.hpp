// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where the two ends of a pipe run.
#pragma once

#include "command_line.hpp"
#include "measure.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace bench {

/// The CPU of this process, and that of the child.
struct Placement {
    int reader;
    int writer;
};

/// The last CPU and the one before; on a machine of one, that.
inline Placement apart()
{
    auto others = allowed_cpus();
    auto const reader = last_cpu();
    auto writer = reader;
    CPU_CLR(reader, &others);
    for (int cpu = 0; cpu < reader; ++cpu)
        if (CPU_ISSET(cpu, &others))
            writer = cpu;
    return {reader, writer};
}

/// From "R,W" or "none".
inline std::optional<Placement> placement_of(std::string const& value)
{
    if (value == "none")
        return {};
    auto const comma = value.find(',');
    if (comma == std::string::npos)
        throw std::invalid_argument("--cpus needs two numbers, or none");
    auto const cpu = [](std::string const& word) {
        return static_cast<int>(CommandLine::number(word));
    };
    return Placement{cpu(value.substr(0, comma)), cpu(value.substr(comma + 1))};
}

inline std::string words_of(std::optional<Placement> cpus)
{
    if (!cpus)
        return "no: results depend on placement";
    return text("reader to CPU %d, writer to CPU %d%s", cpus->reader,
                cpus->writer,
                cpus->reader == cpus->writer ? ": they take turns" : "");
}

} // namespace bench
