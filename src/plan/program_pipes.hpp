// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The pipes of a program, and which parts write and read them.
#pragma once

#include <runnel/program.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// A command or a helper of a program.
struct ProgramPart {
    bool is_helper = false;
    std::size_t index = 0;

    bool operator==(ProgramPart const&) const = default;
};

/// The command as messages name it, or the label of the helper.
std::string name_of(Program const& program, ProgramPart part);

/// All commands and helpers, in the order written.
std::vector<ProgramPart> parts_in_order(Program const& program);

/// A pipe, between two parts or between a part and this process.
struct ProgramPipe {
    /// The one that `Observer::Moved` names.
    std::size_t endpoint = no_index;
    std::vector<ProgramPart> writers{};
    std::vector<ProgramPart> readers{};
    std::string
        from{}; ///< the names of the writers, or "text", "input", "caller"
    std::string to{}; ///< likewise, or "capture"
};

std::vector<ProgramPipe> pipes_of(Program const& program);

/// Which parts are at the other ends of the pipes of a helper; empty: no part is.
struct Neighbours {
    std::string before{};
    std::string after{};
};
Neighbours neighbours_of(Program const& program, std::size_t helper);

} // namespace runnel::inline v0
