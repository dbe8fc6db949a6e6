// What is told of a job after its end.
#include "base/cancel.hpp"
#include "job/job_state.hpp"

#include "child/check_stdio.hpp"
#include "job/verdict.hpp"
#include "plan/in_process.hpp"
#include "plan/plan_text.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

#include <runnel/error.hpp>

namespace runnel::inline v0 {

namespace {

/// All bytes of a drain that went into a file.
detail::Bytes mapped_bytes(Drain const& drain)
{
    auto const mapped = sys::map_file(drain.spilled.get(), drain.seen);
    if (!mapped)
        throw std::system_error(mapped.error, "cannot map a spilled capture");
    return detail::Bytes::of_mapped(mapped.value);
}

Output output_of(CaptureSlot const* slot)
{
    return slot != nullptr ? slot->output : Output();
}

bool was_cut(Drain const& drain)
{
    return drain.overflowed && !drain.spilled;
}

} // namespace

CompletedProcess& JobState::result()
{
    Lock const lock(mutex_);
    make_result();
    if (loop_.failure())
        std::rethrow_exception(loop_.failure());
    if (!loop_.came_to_own_end())
        throw_reason();
    auto const& outcome = loop_.tree().outcome();
    if (outcome && outcome->refusal)
        throw SpawnError(*outcome->refusal);
    make_text();
    if (loop_.options().check)
        result_->check_returncode();
    return *result_;
}

// If memory fails on the way, a later call goes on: nothing is taken from where
// it is before there is room for it.
void JobState::make_result()
{
    if (result_)
        return;
    CompletedProcess result;
    make_outputs();
    result.stages.reserve(size());
    for (std::size_t i = 0; i < size(); ++i)
        result.stages.push_back(stage_result(i));
    add_outputs(result);
    auto const outcome = loop_.tree().outcome().value_or(Outcome{});
    result.returncode = outcome.returncode;
    result.failed = outcome.failed;
    result.decided_by = outcome.decided_by;
    for (std::size_t i = 0; i < size(); ++i)
        if (auto const& child = loop_.tree().stage(i).child)
            result.stages[i].args = std::move(child->args);
    result_ = std::move(result);
}

// Bytes until here: an error or a timeout before this holds those.
void JobState::make_text()
{
    if (!text_ || is_text_)
        return;
    std::vector<std::pair<std::string*, Output>> texts;
    for (auto const& slot : loop_.tree().captures())
        if (slot.target != nullptr)
            texts.emplace_back(slot.target,
                               decoded(Output(detail::Bytes(*slot.target)),
                                       *text_, stream_name(slot.stream)));
    decode_outputs(*result_, *text_);
    is_text_ = true;
    for (auto const& [target, text] : texts)
        target->assign(text.view());
}

void JobState::make_outputs()
{
    for (auto& slot : loop_.tree().captures()) {
        if (slot.taken)
            continue;
        auto& drain = *slot.drain;
        auto mapped = drain.spilled ? mapped_bytes(drain) : detail::Bytes();
        auto& bytes = drain.spilled ? mapped : drain.bytes;
        if (slot.target != nullptr) {
            slot.target->assign(bytes.view());
        } else {
            auto shared = std::make_shared<detail::Bytes>();
            *shared = std::move(bytes);
            slot.output = Output(std::move(shared), was_cut(drain));
        }
        slot.taken = true;
    }
}

// Of the rightmost stage that has one; else what was captured of the whole,
// though no stage wrote there.
void JobState::add_outputs(CompletedProcess& result) const
{
    for (auto const& stage : result.stages) {
        if (stage.out.captured())
            result.out = stage.out;
        if (stage.err.captured())
            result.err = stage.err;
    }
    for (auto const& slot : loop_.tree().captures()) {
        auto& output = slot.stream == 1 ? result.out : result.err;
        if (!output.captured())
            output = slot.output;
    }
}

StageResult JobState::stage_result(std::size_t index)
{
    auto const& stage = loop_.tree().stage(index);
    auto const& planned = *loop_.tree().plan().stages[index];
    StageResult result;
    result.command = planned.command();
    result.failed = stage.failed;
    result.forgiven = stage.forgiven;
    result.timed_out = stage.timed_out;
    result.out = output_of(stage.out);
    result.err = output_of(stage.err);
    if (stage.refusal) {
        result.refusal = stage.refusal->what();
        result.status = status_of(*stage.refusal);
    }
    if (!stage.child) {
        result.args = planned.args;
        return result;
    }
    auto const& child = *stage.child;
    auto const exit = child.process->seen().value_or(
        sys::Exit{ExitStatus::unknown(), {}, sys::Clock::now()});
    result.status = exit.status;
    result.pid = child.process->pid();
    result.started_at = child.started_at;
    result.wall_time = exit.seen_at - child.started;
    result.usage = exit.usage;
    return result;
}

void JobState::throw_reason()
{
    using Reason = JobLoop::Reason;
    auto const command = command_of(*loop_.tree().plan().root);
    auto const& kept_out = result_->out;
    auto const& kept_err = result_->err;
    switch (loop_.reason()) {
    case Reason::stopped: throw StopRequested(command, kept_out, kept_err);
    case Reason::cancelled: throw detail::Cancelled();
    case Reason::overflow:
        throw CaptureOverflow(command, loop_.options().limit.bytes, kept_out,
                              kept_err);
    default: break;
    }
    throw TimeoutExpired(command, loop_.options().timeout, kept_out, kept_err);
}

} // namespace runnel::inline v0
