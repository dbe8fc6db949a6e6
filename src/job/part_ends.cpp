#include "job/part_ends.hpp"

#include <vector>

namespace runnel::inline v0 {

void PartEnds::report(ProgramPlace place, Outcome outcome)
{
    auto& [program, course, stages, helpers, starter, observer, teardown] =
        parts_;
    auto const next = course.ended(place, std::move(outcome));
    starter.settle_finished();
    if (next)
        starter.go_on(*next);
    if (course.outcome())
        starter.let_go();
}

void PartEnds::stage_ended(std::size_t index, Outcome outcome)
{
    report(parts_.program.commands[index].place, std::move(outcome));
}

void PartEnds::reap(std::size_t index, bool known_to_have_ended)
{
    if (auto outcome = parts_.stages.reap(index, known_to_have_ended))
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

// The time limit of a stage ends only that stage. Pipes and lists decide what
// becomes of the others.
void PartEnds::go_on_ending(std::size_t index, sys::Clock::time_point now)
{
    if (parts_.stages.due(index, now) == Stages::Due::limit) {
        auto const& stage = *parts_.program.commands[index].stage;
        if (parts_.observer != nullptr)
            parts_.observer->expired({stage.command(), stage.timeout});
        parts_.stages.begin_ending(index, parts_.teardown, Stages::Why::limit);
    }
    take_step(index, now);
}

// A command that has already ended by itself did not end with the whole.
void PartEnds::end_all(EndingPlan const& plan) noexcept
{
    parts_.stages.for_each_running(
        [&](std::size_t index) { reap(index, false); });
    auto const now = sys::Clock::now();
    for (auto i = parts_.stages.running().size(); i-- > 0;) {
        auto const index = parts_.stages.running()[i];
        parts_.stages.begin_ending(index, plan, Stages::Why::whole);
        take_step(index, now);
    }
}

// --- those in front of a reader that has left ------------------------------------

// Closing the pipe is not enough: a command such as `tail -f`, which does not
// write, would never notice.
void PartEnds::leave(ProgramPlace place)
{
    using Kind = ProgramGroup::Kind;
    while (place.group != no_index) {
        auto const& group = parts_.program.groups[place.group];
        if (group.kind == Kind::pipeline)
            for (std::size_t i = 0; i < place.part; ++i)
                dismiss(group.parts[i], parts_.teardown);
        // A tee that begins a group reads what the group reads, so "the
        // commands in front of it" are those in front of the group. The same is
        // true for the first part of a pipeline.
        else if (group.kind != Kind::tee || place.part != 0)
            return;
        place = group.place;
    }
}

void PartEnds::dismiss_all(EndingPlan const& plan)
{
    dismiss(parts_.program.root, plan);
}

// A branch is not ended: it reads to end of file, and the run waits for it.
void PartEnds::dismiss(ProgramGroup::Part part, EndingPlan const& plan)
{
    using Kind = ProgramGroup::Part::Kind;
    if (part.is_branch)
        return;
    switch (part.kind) {
    case Kind::command: return dismiss_command(part.index, plan);
    case Kind::helper: return parts_.helpers.cancel_one(part.index);
    case Kind::group: break;
    }
    parts_.course.dismiss(part.index);
    for (auto const& inner : parts_.program.groups[part.index].parts)
        dismiss(inner, plan);
}

// A command that has already ended by itself is judged by its own status.
void PartEnds::dismiss_command(std::size_t index, EndingPlan const& plan)
{
    auto& stages = parts_.stages;
    if (!stages.is_running(index))
        return;
    reap(index, false);
    if (!stages.is_running(index) || stages.is_dismissed(index))
        return;
    stages.begin_ending(index, plan, Stages::Why::dismissed);
    take_step(index, sys::Clock::now());
}

} // namespace runnel::inline v0
