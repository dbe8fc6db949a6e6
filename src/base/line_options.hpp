// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Checks of options before any output is cut.
#pragma once

#include <runnel/chunks.hpp>
#include <runnel/line.hpp>

#include <cstddef>

namespace runnel::inline v0::detail {

/// True if the end of each line is one and the same byte, so that words can be cut
/// one by one.
inline bool ends_with_one_byte(LineOptions const& options) noexcept
{
    return !options.universal_newlines && options.delimiter.view().size() == 1;
}

/// Throws `std::invalid_argument` for options that contradict each other.
void check(LineOptions const& options);

/// What options of chunks have in common with those of lines.
LineOptions line_options(ChunkOptions const& options);

/// The same for chunks without bytes.
void check_chunk_size(std::size_t size);

/// Where the lines are cut, if not by a range that starts an expression.
enum class RunsElsewhere : unsigned char { stream, job, stage };

/// Throws `std::invalid_argument` for options that would have no effect: those
/// that say how an expression is run.
void refuse_run_options(LineOptions const& options, RunsElsewhere what);

} // namespace runnel::inline v0::detail
