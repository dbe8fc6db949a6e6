// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which stages failed, and which status is the pipeline's. Pure; the numbers
// are those of docs/status.md and of the tests.
#pragma once

#include <runnel/error.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/result.hpp>

#include <span>
#include <vector>

namespace runnel::inline v0 {

/// What the rules ask about one stage.
struct StageCase {
    ExitStatus status;
    std::span<int const> accept; ///< exit codes that do not count as failure
    bool checked = true;
    /// Its stdout fed another stage, or a range of the caller, that may stop
    /// reading early.
    bool fed_a_reader = false;
    /// Its own time limit passed.
    bool timed_out = false;
    /// runnel ended the stage because its reader stopped reading early.
    bool dismissed = false;
};

struct Verdict {
    bool failed = false;
    bool forgiven = false;

    bool operator==(Verdict const&) const = default;
};

/// Rules 1 to 3.
Verdict judge(StageCase const& stage) noexcept;

/// The return code of the pipeline if this stage decides it.
int returncode_of(StageCase const& stage, Verdict verdict) noexcept;

/// The status that a command counts with if it could not be started.
ExitStatus status_of(SpawnError const& refusal) noexcept;

/// Rule 4: the rightmost part of a pipeline that failed, else the last one.
/// `parts` must not be empty.
template <class Part>
Part const& decisive(std::vector<Part> const& parts) noexcept
{
    // Asks `failed`, not the exit code: a part may accept a code other than 0.
    for (auto i = parts.size(); i-- > 0;)
        if (parts[i].failed)
            return parts[i];
    return parts.back();
}

} // namespace runnel::inline v0
