// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// From the tree of an expression to a program, in one walk.
#pragma once

#include "sys/names.hpp"

#include <runnel/program.hpp>

#include <string_view>

namespace runnel::inline v0 {

/// What a verb adds to a program.
struct Lowering {
    /// Bytes come from `RunOptions::input`.
    bool input = false;
    /// Stdout of the whole and stderr of each command are captured.
    bool capture_output = false;
    /// Captures that a stream ends in are shown; see `ProgramCapture::shown_on`.
    bool show = false;
    /// Commands write their captures into memory files.
    bool memory_files = false;
    /// Not empty: stdout of the whole is captured. The text is the reason, for
    /// the error if stdout is connected already.
    std::string_view capture_out{};
    /// This stream of the whole, 1 or 2, is a pipe that the caller reads; 0: none.
    int in_hand = 0;
    /// What is captured of output that would go to stdout and stderr of this
    /// process.
    enum class Tap : unsigned char {
        none,
        out, ///< stdout of the whole
        kept, ///< stdout of the whole, and stderr of each command
        /// Both streams of each command, for `tagged`; see
        /// `ProgramCapture::is_tapped`.
        passed_on,
    };
    Tap tap = Tap::none;
    /// The verb gives the caller the other ends of `Stdio::pipe`. If false,
    /// `Stdio::pipe` is refused.
    bool has_hands = false;
    /// How many descriptors a process may have; called only for `from` and
    /// `into`.
    int (*most_descriptors)() noexcept = sys::descriptor_limit;
};

/// Throws `std::invalid_argument` if the expression cannot be run. Opens
/// nothing.
Program lower(PlanNode const& root, Lowering const& how);

/// The `Lowering` that the options ask for.
Lowering lowering_of(RunOptions const& options);

/// What is secret in the texts that commands read. What one command reads, another
/// one may print.
Secrets secrets_in_texts(Program const& program);

/// What a helper is, in a word: the label of an in-process stage, "tee" or "join".
std::string_view label_of(ProgramHelper const& helper) noexcept;

/// For messages: the commands and the `|`, `&&`, ... between them, nothing
/// else.
std::string command_of(Program const& program);
std::string command_of(Program const& program, ProgramGroup::Part part);

} // namespace runnel::inline v0
