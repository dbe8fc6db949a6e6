// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a range over an expression, or over a job, reads.
#pragma once

#include "flow/byte_source.hpp"

#include <runnel/run.hpp>

#include <memory>

namespace runnel::inline v0 {

class JobState;

namespace detail {

ExpressionSource source_of(Expression const& expression,
                           LineOptions const& options);

/// The same for its stderr.
ExpressionSource source_of(StderrNode const& expression,
                           LineOptions const& options);

RunOptions run_options(LineOptions const& options);

/// The stdout of a job that runs.
std::unique_ptr<ByteSource> source_of(std::shared_ptr<JobState> job,
                                      LineOptions const& options);

/// The words that `parts.code` makes of `parts.bytes`, with their ends; without
/// code, the bytes themselves. `delimiter`: of the lines that are cut from them;
/// none: chunks.
std::unique_ptr<ByteSource> source_of(ExpressionSource parts,
                                      LineOptions const& options,
                                      std::optional<LineEnd> delimiter);

} // namespace detail

} // namespace runnel::inline v0
