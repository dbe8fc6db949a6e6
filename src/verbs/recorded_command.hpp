// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One command of a recording, and its text.
#pragma once

#include <runnel/error.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/program.hpp>
#include <runnel/run.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0::detail {

/// What a command is known by. Secrets are masked.
struct RecordedCall {
    std::vector<std::string> words{}; ///< argv
    std::string cwd{};
    std::vector<std::string> environment{}; ///< one line for each change
    std::optional<std::string> input{}; ///< the text that is stdin

    bool operator==(RecordedCall const&) const = default;
};

RecordedCall call_of(Program const& program, std::size_t command,
                     RunOptions const& options);

/// What is secret for a command.
Secrets secrets_for(Program const& program, std::size_t command);

/// Why a program could not be started.
struct RecordedRefusal {
    SpawnStep step = SpawnStep::exec;
    int error = 0; ///< of the generic category
    std::string subject{};
    std::string hint{};
};

struct RecordedCommand {
    RecordedCall call{};
    std::string out{};
    std::string err{};
    bool together = false; ///< stderr is in `out`
    bool left_input = false; ///< stdin was not read to the end
    ExitStatus status{};
    std::optional<RecordedRefusal> refusal{};
    std::size_t line = 0; ///< in the file; not compared
};

inline constexpr std::string_view recording_version = "runnel recording 1";

/// The lines of one command, the last one empty.
std::string text_of(RecordedCommand const& command);

/// All commands of a recording. `file`: its name, for `DamagedRecording`.
std::vector<RecordedCommand> commands_in(std::string_view text,
                                         std::string const& file);

} // namespace runnel::inline v0::detail
