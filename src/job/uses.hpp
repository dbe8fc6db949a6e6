// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Tracks when the parts of a program no longer need their endpoints.
#pragma once

#include "child/wiring.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <vector>

namespace runnel::inline v0 {

/// Ends each use of an endpoint once: when its part has started, or when it
/// never will. So a reader of a command that never runs gets end of file at
/// once.
class Uses {
public:
    /// `program` and `wiring` must outlive this object.
    Uses(Program const& program, Wiring& wiring);

    void end_command(std::size_t index) noexcept;
    void end_helper(std::size_t index) noexcept;

    /// Ends the uses that a list holds for its parts that are still to start.
    void end_held(std::size_t list) noexcept;

    /// The same, and ends the uses of the parts from `first_part` on.
    void end_list(std::size_t list, std::size_t first_part) noexcept;

    void end_unit(ProgramUnit const& unit) noexcept;

private:
    bool is_first_time(std::size_t part) noexcept;
    void end(std::size_t endpoint) noexcept;

    Program const& program_;
    Wiring& wiring_;
    /// True for parts whose uses have ended: commands, then helpers, then
    /// groups.
    std::vector<bool> ended_;
};

} // namespace runnel::inline v0
