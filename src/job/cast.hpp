// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a command is to be: its own program, or a stand-in.
#pragma once

#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <memory>
#include <optional>

namespace runnel::inline v0 {

/// With neither of these, the program of the command.
struct Cast {
    std::unique_ptr<sys::Process> process{}; ///< runs in place of the program
    std::optional<sys::SpawnFailure> refusal{}; ///< why it cannot be started

    bool is_stand_in() const noexcept { return process || refusal; }
};

} // namespace runnel::inline v0
