// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The line that `progress` draws. Pure: no clock, no terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace runnel::inline v0 {

/// Where the time of a stage in the middle of a pipeline goes.
struct ProgressTimes {
    std::chrono::nanoseconds reading{0}; ///< waiting for input
    std::chrono::nanoseconds writing{0}; ///< waiting until the output is taken

    std::chrono::nanoseconds all() const noexcept { return reading + writing; }
    ProgressTimes operator-(ProgressTimes const& before) const noexcept
    {
        return {reading - before.reading, writing - before.writing};
    }
};

/// What is known at one moment.
struct ProgressView {
    std::string label{};
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> size{};
    ProgressTimes so_far{};
    ProgressTimes lately{}; ///< since the line was drawn last
    std::string before{}; ///< which neighbour writes; empty: no command
    std::string after{};
    bool is_over = false;
};

/// The neighbour that this stage spends more than two thirds of the time with; empty
/// if there is none. `before` and `after` stand for what has no name.
std::string bottleneck(ProgressTimes const& times, std::string const& before,
                       std::string const& after);

/// One line of at most `columns` columns, without an end.
std::string progress_line(ProgressView const& view, std::size_t columns);

} // namespace runnel::inline v0
