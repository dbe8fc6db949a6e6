// The result of a program that has run on this machine.
#include "job/local_run.hpp"

#include <runnel/error.hpp>

#include <utility>

namespace runnel::inline v0 {

// Why there is no result. If the run was ended early, a command that was
// refused is not reported: without that it might not have been refused.
std::exception_ptr LocalRun::failure(CompletedProcess const& result)
{
    if (!failure_ && overflowed_)
        return std::make_exception_ptr(
            CaptureOverflow(command(), limit_.bytes, result));
    if (failure_ || was_ended_)
        return failure_;
    auto const& outcome = course_.outcome();
    if (outcome && outcome->refusal)
        return std::make_exception_ptr(SpawnError(*outcome->refusal));
    return {};
}

CompletedProcess LocalRun::result()
{
    CompletedProcess result;
    captures_.make_outputs();
    auto const stages = program_.commands.size();
    result.stages.reserve(stages);
    for (std::size_t i = 0; i < stages; ++i)
        record_stage(i, result.stages.emplace_back());
    add_captures(result);
    auto const outcome = course_.outcome().value_or(Outcome{});
    result.returncode = outcome.returncode;
    result.failed = outcome.failed;
    result.decided_by = outcome.decided_by;
    result.drained = drained_;
    // Nothing can fail any more.
    for (std::size_t i = 0; i < stages; ++i)
        result.stages[i].args = stages_.take_args(i);
    return result;
}

void LocalRun::record_stage(std::size_t index, StageResult& into) const
{
    stages_.record(index, into);
    into.out = captures_.output(program_.commands[index].out);
    into.err = captures_.output(program_.commands[index].err);
}

void LocalRun::add_captures(CompletedProcess& result) const
{
    for (std::size_t i = 0; i < program_.captures.size(); ++i) {
        auto const& kept = program_.captures[i];
        if (kept.target == nullptr && !kept.is_tapped)
            result.captures.push_back(
                {kept.stage, kept.stream, captures_.output(i)});
    }
    result.out = captures_.last_of(program_.out);
    result.err = captures_.last_of(program_.err);
}

} // namespace runnel::inline v0
