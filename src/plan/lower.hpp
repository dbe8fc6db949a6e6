// From the tree of an expression to a program, in one walk.
#pragma once

#include "sys/names.hpp"

#include <runnel/program.hpp>

#include <string_view>

namespace runnel::inline v0 {

/// What a verb makes part of the program.
struct Lowering {
    /// Bytes come from `RunOptions::input`.
    bool input = false;
    /// Stdout of the whole and stderr of each command are kept.
    bool capture_output = false;
    /// Stdout of the whole is kept; why, for the message if it is connected.
    std::string_view capture_out{};
    /// Stdout of the whole is a pipe in hand.
    bool out_in_hand = false;
    /// What would go to stdout and stderr of this process is kept, each
    /// command's by itself; see `ProgramCapture::is_tapped`.
    bool tap = false;
    /// The verb gives the caller the other ends of `Stdio::pipe`: any, or only
    /// that of stdout.
    bool has_hands = false;
    /// How many descriptors a process may have; asked only if a word stands for
    /// an expression.
    int (*most_descriptors)() noexcept = sys::descriptor_limit;
};

/// Throws `std::invalid_argument` for what cannot be run. Opens nothing.
Program lower(PlanNode const& root, Lowering const& how);

/// What `how` would be for `options`.
Lowering lowering_of(RunOptions const& options);

/// The commands with nothing but `|`, `&&`, ... between them, for messages.
std::string command_of(Program const& program);
std::string command_of(Program const& program, ProgramGroup::Part part);

} // namespace runnel::inline v0
