// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/verdict.hpp"

#include "sys/signal.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

// If the stage is a shell, SIGPIPE may have ended a command of that shell.
bool ended_by_sigpipe(ExitStatus status) noexcept
{
    return status.signal() == sys::signals::broken_pipe
        || status.code() == sys::shell_code(sys::signals::broken_pipe);
}

bool accepted(StageCase const& stage) noexcept
{
    auto const code = stage.status.code();
    return code && std::ranges::find(stage.accept, *code) != stage.accept.end();
}

} // namespace

Verdict judge(StageCase const& stage) noexcept
{
    // 1. A stage fails if it ends by a signal, in an unknown way, with a code
    //    that it does not accept, or after its own time limit.
    if (stage.timed_out)
        return {.failed = stage.checked, .forgiven = false};
    if (accepted(stage))
        return {};
    if (stage.dismissed)
        return {.failed = false, .forgiven = true};
    // 2. SIGPIPE is no failure of a stage whose reader may stop reading early.
    //    Which of the two ended first does not matter: it cannot be observed.
    if (stage.fed_a_reader && ended_by_sigpipe(stage.status))
        return {.failed = false, .forgiven = true};
    // 3. An unchecked stage does not fail.
    return {.failed = stage.checked, .forgiven = false};
}

// The status that a shell reports for such a command.
ExitStatus status_of(SpawnError const& refusal) noexcept
{
    if (refusal.step() != SpawnStep::exec)
        return ExitStatus::of_code(1);
    bool const missing = refusal.code() == std::errc::no_such_file_or_directory;
    return ExitStatus::of_code(missing ? 127 : 126);
}

int returncode_of(StageCase const& stage, Verdict verdict) noexcept
{
    // Whether SIGPIPE or runnel ended the stage is chance, so both count as 0.
    if (verdict.forgiven)
        return 0;
    // A stage that succeeded, but too late, counts as with timeout(1).
    constexpr int late = 124;
    constexpr int not_accepted = 1;
    if (verdict.failed && stage.status.success())
        return stage.timed_out ? late : not_accepted;
    return stage.status.returncode();
}

} // namespace runnel::inline v0
