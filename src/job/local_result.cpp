// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The result of a program that has run on this machine.
#include "job/local_run.hpp"
#include "plan/lower.hpp"

#include <runnel/error.hpp>

#include <utility>

namespace runnel::inline v0 {

// Why there is no result. If the run was ended early, a command that was
// refused is not reported: without that it might not have been refused.
std::exception_ptr LocalRun::failure(CompletedProcess const& result)
{
    auto const& end = state_.how_ended();
    if (auto thrown = parts_.stand_ins.failure(); thrown && !end.failure)
        return thrown;
    if (!end.failure && end.overflowed)
        return std::make_exception_ptr(
            CaptureOverflow(command(), parts_.captures.limit().bytes, result));
    if (!end.failure && end.silent_since)
        return std::make_exception_ptr(
            IdleExpired(command(), parts_.idle.whole(),
                        sys::on_the_wall(*end.silent_since), result));
    if (end.failure || end.was_early)
        return end.failure;
    auto const& outcome = parts_.course.outcome();
    if (outcome && outcome->refusal)
        return std::make_exception_ptr(SpawnError(*outcome->refusal));
    return {};
}

bool LocalRun::was_cut_short() const noexcept
{
    auto const& end = state_.how_ended();
    return end.failure || end.overflowed || end.silent_since;
}

CompletedProcess LocalRun::result()
{
    CompletedProcess result;
    auto& captures = parts_.captures;
    captures.make_outputs();
    auto const& commands = parts_.program.commands;
    auto const texts = secrets_in_texts(parts_.program);
    result.stages.reserve(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i) {
        auto& stage = result.stages.emplace_back();
        parts_.stages.record(i, stage);
        stage.secrets.add(texts);
        if (stage.ended_early && !stage.timed_out
            && !state_.how_ended().silent_since)
            stage.silent_since.reset(); // the whole had another reason
        stage.out = captures.output(commands[i].out);
        stage.err = captures.output(commands[i].err);
    }
    captures.record(result);
    auto const outcome = parts_.course.outcome().value_or(Outcome{});
    result.returncode = outcome.returncode;
    result.failed = outcome.failed;
    result.decided_by = outcome.decided_by;
    result.drained = state_.how_ended().drained;
    // Nothing can fail any more.
    for (std::size_t i = 0; i < commands.size(); ++i)
        result.stages[i].args = parts_.stages.take_args(i);
    return result;
}

} // namespace runnel::inline v0
