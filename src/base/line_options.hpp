// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Checks of options before any output is cut.
#pragma once

#include <runnel/line.hpp>

#include <cstddef>

namespace runnel::inline v0::detail {

/// Throws `std::invalid_argument` for options that contradict each other.
void check(LineOptions const& options);

/// The same for chunks without bytes.
void check_chunk_size(std::size_t size);

/// Where the lines come from, if the range does not start an expression.
enum class RunsElsewhere : unsigned char { stream, job };

/// Throws `std::invalid_argument` for options that would have no effect: those
/// that say how an expression is run.
void refuse_run_options(LineOptions const& options, RunsElsewhere what);

} // namespace runnel::inline v0::detail
