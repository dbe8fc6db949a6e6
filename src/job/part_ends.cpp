// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/part_ends.hpp"

#include "base/observe.hpp"
#include "job/run_parts.hpp"
#include "sys/signal.hpp"

namespace runnel::inline v0 {

void PartEnds::report(ProgramPlace place, Outcome outcome)
{
    auto& course = parts_.course;
    auto& starter = parts_.starter;
    auto const next = course.ended(place, std::move(outcome));
    starter.settle_finished();
    end_settled();
    if (next) {
        starter.go_on(*next);
        end_settled(); // what cannot be started has ended, too
    }
    if (course.outcome())
        parts_.opener.let_go();
}

// Those that have ended by themselves are not touched.
void PartEnds::end_settled()
{
    while (auto const group = parts_.course.take_settled())
        for (auto const& part : parts_.program.groups[*group].parts)
            dismiss(part, parts_.teardown);
}

void PartEnds::stage_ended(std::size_t index, Outcome outcome)
{
    parts_.left_behind.command_ended(index);
    parts_.opener.command_ended(index);
    report(parts_.program.commands[index].place, std::move(outcome));
}

void PartEnds::reap(std::size_t index, bool known_to_have_ended)
{
    auto outcome = parts_.stages.reap(index, known_to_have_ended);
    if (!outcome)
        return;
    if (auto* const witnesses = parts_.stand_ins.witnesses())
        witnesses->command_ended(index);
    if (parts_.stand_ins.failure(index)) // what comes next does not start
        parts_.course.stop_starting(sys::signals::terminate);
    stage_ended(index, std::move(*outcome));
}

void PartEnds::reap_at_last(std::size_t index)
{
    stage_ended(index, parts_.stages.reap_at_last(index));
}

// --- endings -------------------------------------------------------------------

// A command that cannot be killed counts as ended.
void PartEnds::take_step(std::size_t index, sys::Clock::time_point now)
{
    if (auto outcome = parts_.stages.go_on_ending(index, now))
        stage_ended(index, std::move(*outcome));
}

// A command whose end was not looked for yet may have been in time.
void PartEnds::go_on_ending(sys::Clock::time_point now)
{
    parts_.stages.for_each_running([&](std::size_t index) {
        if (parts_.stages.due(index, now) == Stages::Due::nothing)
            return;
        reap(index, false);
        if (!parts_.stages.is_running(index))
            return;
        begin_if_late(index, now);
        take_step(index, now);
    });
    parts_.left_behind.go_on(now);
}

// The time limit of a stage ends only that stage. Pipes and lists decide what
// becomes of the others.
void PartEnds::begin_if_late(std::size_t index, sys::Clock::time_point now)
{
    auto const due = parts_.stages.due(index, now);
    bool const is_silent =
        due == Stages::Due::silence && parts_.idle.is_silent(index, now);
    if (due != Stages::Due::limit && !is_silent)
        return;
    auto const& stage = *parts_.program.commands[index].stage;
    if (auto* const observer = parts_.events.observer())
        tell(*observer, &Observer::expired,
             {stage.command(), is_silent ? stage.idle_timeout : stage.timeout,
              parts_.events.run()});
    parts_.stages.begin_ending(index, parts_.teardown,
                               is_silent ? Stages::Why::silence
                                         : Stages::Why::limit);
}

// A command that has already ended by itself did not end with the whole.
void PartEnds::end_all(Teardown const& how) noexcept
{
    parts_.stages.for_each_running(
        [&](std::size_t index) { reap(index, false); });
    auto const now = sys::Clock::now();
    for (auto i = parts_.stages.running().size(); i-- > 0;) {
        auto const index = parts_.stages.running()[i];
        parts_.stages.begin_ending(index, how, Stages::Why::whole);
        take_step(index, now);
    }
    parts_.left_behind.end_all(how);
}

// --- those in front of a reader that has left ------------------------------------

// Closing the pipe is not enough: a command such as `tail -f`, which does not
// write, would never notice.
void PartEnds::leave(ProgramPlace place)
{
    using GroupKind = ProgramGroup::Kind;
    while (place.group != no_index) {
        auto const& group = parts_.program.groups[place.group];
        if (group.kind == GroupKind::pipeline)
            for (std::size_t i = 0; i < place.part; ++i)
                dismiss(group.parts[i], parts_.teardown);
        // A tee that begins a group reads what the group reads, so "the
        // commands in front of it" are those in front of the group. The same is
        // true for the first part of a pipeline. The writers in front of a join
        // get SIGPIPE, as they would without it.
        else if (group.kind != GroupKind::tee || place.part != 0)
            return;
        place = group.place;
    }
}

void PartEnds::dismiss_all(Teardown const& how)
{
    dismiss(parts_.program.root, how);
}

// A branch is not ended: it reads to end of file, and the run waits for it.
void PartEnds::dismiss(ProgramGroup::Part part, Teardown const& how)
{
    using PartKind = ProgramGroup::Part::Kind;
    if (part.is_branch)
        return;
    switch (part.kind) {
    case PartKind::command: return dismiss_command(part.index, how);
    case PartKind::helper: return parts_.helpers.cancel_one(part.index);
    case PartKind::group: break;
    }
    parts_.course.dismiss(part.index);
    for (auto const& inner : parts_.program.groups[part.index].parts)
        dismiss(inner, how);
}

// A command that has already ended by itself is judged by its own status.
void PartEnds::dismiss_command(std::size_t index, Teardown const& how)
{
    auto& stages = parts_.stages;
    if (stages.is_running(index))
        reap(index, false);
    if (!stages.is_running(index))
        return parts_.left_behind.end(index, how);
    if (stages.is_dismissed(index))
        return;
    stages.begin_ending(index, how, Stages::Why::dismissed);
    take_step(index, sys::Clock::now());
}

} // namespace runnel::inline v0
