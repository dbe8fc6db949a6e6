#include "job_state.hpp"

#include "popen_state.hpp"
#include "quote.hpp"
#include "verdict.hpp"

#include <runnel/error.hpp>

#include <algorithm>

namespace runnel::inline v0 {

namespace {

constexpr std::chrono::seconds default_grace{2};

Output output_of(Drain* drain, std::string* target)
{
    if (drain == nullptr)
        return {};
    if (target == nullptr)
        return Output(std::move(drain->bytes));
    target->assign(drain->bytes.view());
    return {};
}

std::string command_of(Plan const& plan)
{
    std::string line;
    for (auto const& stage : plan.stages) {
        if (!line.empty())
            line += " | ";
        line += stage.command();
    }
    return line;
}

} // namespace

JobState::~JobState()
{
    if (ended_)
        return;
    try {
        tear_down(default_grace);
    } catch (...) { // out of memory while draining: the children are reaped
    }
}

bool JobState::wait(sys::Deadline deadline)
{
    ended_ = pump_.run(deadline) && wait_for_all(deadline);
    return ended_;
}

bool JobState::wait_for_all(sys::Deadline deadline)
{
    return std::ranges::all_of(stages_, [&](Popen& stage) {
        return detail::PopenAccess::state(stage).wait(deadline).has_value();
    });
}

// A child that may not be killed (it executes a set-user-id program) must not
// keep us.
void JobState::kill_all() noexcept
{
    auto const state = [](Popen& stage) -> detail::PopenState& {
        return detail::PopenAccess::state(stage);
    };
    for (auto& stage : stages_)
        state(stage).may_not_be_killed =
            !state(stage).try_signal(sys::signals::kill);
    for (auto& stage : stages_)
        if (!state(stage).may_not_be_killed)
            state(stage).wait(sys::never);
}

void JobState::kill()
{
    tear_down(std::chrono::nanoseconds::zero());
}

void JobState::tear_down(std::chrono::nanoseconds grace)
{
    out_end_.reset();
    if (grace.count() > 0 && !wait_for_all(sys::Deadline::min())) {
        for (auto& stage : stages_)
            detail::PopenAccess::state(stage).try_signal(
                sys::signals::terminate);
        wait_for_all(sys::deadline_after(grace));
    }
    kill_all();
    ended_ = true;
    pump_.finish_now();
}

bool JobState::feeds_a_reader(std::size_t index) const
{
    return (out_is_read_ && index + 1 == plan_.stages.size())
        || std::ranges::any_of(plan_.pipes, [&](PlannedPipe const& pipe) {
               return pipe.from == index;
           });
}

StageResult JobState::stage_result(std::size_t index)
{
    auto const& planned = plan_.stages[index];
    auto& child = detail::PopenAccess::state(stages_[index]);
    auto const& kept = captures_[index];
    auto const exit = child.process->seen().value_or(
        sys::Exit{ExitStatus::unknown(), {}, sys::Clock::now()});
    auto const verdict = judge(
        {exit.status, planned.accept, planned.checked, feeds_a_reader(index)});
    StageResult result;
    result.args = child.args;
    result.command = planned.command();
    result.status = exit.status;
    result.pid = child.process->pid();
    result.started_at = child.started_at;
    result.wall_time = exit.seen_at - child.started;
    result.usage = exit.usage;
    result.out = output_of(kept.out, kept.out_target);
    result.err = output_of(kept.err, kept.err_target);
    result.failed = verdict.failed;
    result.forgiven = verdict.forgiven;
    return result;
}

CompletedProcess JobState::result()
{
    CompletedProcess result;
    for (std::size_t i = 0; i < stages_.size(); ++i)
        result.stages.push_back(stage_result(i));
    result.returncode = returncode_of(result.stages);
    result.out = result.stages.back().out;
    result.err = result.stages.back().err;
    return result;
}

void JobState::expire(Timeout timeout)
{
    kill();
    auto const command = command_of(plan_);
    if (observer_ != nullptr)
        observer_->expired({command, timeout});
    auto last = result();
    throw TimeoutExpired(command, timeout, std::move(last.out),
                         std::move(last.err));
}

} // namespace runnel::inline v0
