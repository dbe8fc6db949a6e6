#include "verdict.hpp"

#include "sys.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

// A shell reports a command of its own that SIGPIPE ended as 128 + 13.
bool ended_by_sigpipe(ExitStatus status) noexcept
{
    return status.signal() == sys::signals::broken_pipe
        || status.code() == 128 + sys::signals::broken_pipe;
}

bool accepted(StageCase const& stage) noexcept
{
    auto const code = stage.status.code();
    return code && std::ranges::find(stage.accept, *code) != stage.accept.end();
}

} // namespace

Verdict judge(StageCase const& stage) noexcept
{
    // 1. A stage fails if it ends by a signal, in an unknown way, or with a
    //    code that it does not accept.
    if (accepted(stage))
        return {};
    // 2. SIGPIPE is no failure of a stage whose reader may have had enough.
    //    Who ended first is not asked: it cannot be observed.
    if (stage.fed_a_reader && ended_by_sigpipe(stage.status))
        return {.failed = false, .forgiven = true};
    // 3. An unchecked stage does not fail.
    return {.failed = stage.checked, .forgiven = false};
}

int returncode_of(std::span<StageResult const> stages) noexcept
{
    // 4. The rightmost failed stage decides, else the last one, whose code
    //    may be one that it accepts.
    for (auto i = stages.size(); i-- > 0;)
        if (stages[i].failed)
            return stages[i].status.returncode();
    return stages.back().status.returncode();
}

} // namespace runnel::inline v0
