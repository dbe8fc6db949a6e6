// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/course.hpp"

#include "job/verdict.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using GroupKind = ProgramGroup::Kind;

} // namespace

Course::Course(Program const& program)
    : program_(program), groups_(program.groups.size())
{
    finished_.reserve(groups_.size());
    settled_.reserve(groups_.size());
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        auto const& group = program_.groups[i];
        if (group.runs_in_turn())
            continue;
        groups_[i].running = group.parts.size();
        groups_[i].outcomes.resize(group.parts.size());
    }
}

std::optional<Course::Next> Course::ended(ProgramPlace place, Outcome outcome)
{
    while (place.group != no_index) {
        auto const& group = program_.groups[place.group];
        if (!group.runs_in_turn()) {
            auto whole = side_by_side(place, std::move(outcome));
            if (!whole)
                return {};
            outcome = std::move(*whole);
        } else if (goes_on(place.group, place.part, outcome)) {
            return Next{place.group, place.part + 1};
        }
        place = group.place;
    }
    outcome_ = std::move(outcome);
    return {};
}

/// The outcome of the group when its last part has ended; nothing before.
std::optional<Outcome> Course::side_by_side(ProgramPlace place, Outcome outcome)
{
    auto& progress = groups_[place.group];
    look_at_until(place, outcome);
    progress.outcomes[place.part] = std::move(outcome);
    if (--progress.running > 0)
        return {};
    return decisive_of(place.group);
}

/// Whether the end of this part is what the group was to run until.
void Course::look_at_until(ProgramPlace place, Outcome const& outcome) noexcept
{
    auto const& group = program_.groups[place.group];
    auto& progress = groups_[place.group];
    bool const is_it = group.until == RunUntil::one_ends
                    || (group.until == RunUntil::one_fails && outcome.failed);
    if (!is_it || program_.is_join(group.parts[place.part])
        || progress.settled_by != no_index || !settles_)
        return;
    progress.settled_by = place.part;
    settled_.push_back(place.group);
}

std::optional<std::size_t> Course::take_settled() noexcept
{
    if (settled_.empty())
        return {};
    auto const group = settled_.back();
    settled_.pop_back();
    return group;
}

// The rightmost part that failed. If none did: the one that all others were ended
// for; else the rightmost command, but the first part of a group whose other parts
// serve that one.
Outcome Course::decisive_of(std::size_t group) const
{
    auto const& outcomes = groups_[group].outcomes;
    auto const& last = decisive(outcomes);
    if (last.failed)
        return last;
    if (auto const part = groups_[group].settled_by; part != no_index)
        return outcomes[part];
    auto const kind = program_.groups[group].kind;
    if (kind != GroupKind::pipeline && kind != GroupKind::together)
        return outcomes.front();
    auto const command =
        std::find_if(outcomes.rbegin(), outcomes.rend(),
                     [](Outcome const& outcome) { return outcome.is_command; });
    return command != outcomes.rend() ? *command : outcomes.back();
}

bool Course::goes_on(std::size_t list, std::size_t part, Outcome& outcome)
{
    auto const& group = program_.groups[list];
    if (!groups_[list].dismissed && !decides(group, part, outcome)
        && !is_cut_short(outcome))
        return true;
    if (group.kind == GroupKind::negation && !outcome.cut_short
        && !groups_[list].dismissed) {
        outcome.failed = !outcome.failed;
        outcome.returncode = outcome.failed ? 1 : 0;
    }
    finished_.push_back({list, part});
    return false;
}

bool Course::decides(ProgramGroup const& list, std::size_t part,
                     Outcome const& outcome)
{
    if (part + 1 == list.parts.size())
        return true;
    switch (list.kind) {
    case GroupKind::all_of: return outcome.failed;
    case GroupKind::any_of: return !outcome.failed;
    default: return false;
    }
}

// A list that is stopped before its last part has not succeeded.
bool Course::is_cut_short(Outcome& outcome) const
{
    int const signal = stop_signal_;
    if (signal == 0)
        return false;
    outcome.failed = outcome.cut_short = true;
    outcome.returncode = -signal;
    return true;
}

bool Course::lies_in(ProgramPlace place, std::size_t group) const noexcept
{
    while (place.group != no_index && place.group != group)
        place = program_.groups[place.group].place;
    return place.group == group;
}

} // namespace runnel::inline v0
