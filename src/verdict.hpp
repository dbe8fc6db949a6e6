// Which stages failed, and which status is the pipeline's. Pure; the numbers
// are those of docs/status.md and of the tests.
#pragma once

#include <runnel/exit_status.hpp>
#include <runnel/result.hpp>

#include <span>

namespace runnel::inline v0 {

/// What the rules ask about one stage.
struct StageCase {
    ExitStatus status;
    std::span<int const> accept; ///< exit codes that are no failure
    bool checked = true;
    /// Its stdout fed another stage, or a reader of ours that may stop early.
    bool fed_a_reader = false;
};

struct Verdict {
    bool failed = false;
    bool forgiven = false;

    bool operator==(Verdict const&) const = default;
};

/// Rules 1 to 3.
Verdict judge(StageCase const& stage) noexcept;

/// Rule 4: of the rightmost failed stage, else of the last; never empty.
int returncode_of(std::span<StageResult const> stages) noexcept;

} // namespace runnel::inline v0
