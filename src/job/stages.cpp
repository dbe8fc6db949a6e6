// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/stages.hpp"

#include "child/abandoned.hpp"
#include "job/verdict.hpp"

namespace runnel::inline v0 {

namespace {

constexpr int accept_success[] = {0};

std::span<int const> accepted_by(PlannedStage const& stage)
{
    if (stage.accept)
        return *stage.accept;
    return accept_success;
}

} // namespace

Stages::Stages(Program const& program, RunOptions const& options,
               RunEvents const& events, IdleWatch& idle)
    : program_(program), events_(events), containment_(options.containment),
      counts_bytes_(options.count_bytes), idle_(idle),
      stages_(program.commands.size()), roster_(program.commands.size())
{
}

Stages::~Stages()
{
    for (auto& stage : stages_)
        if (stage.child && !stage.child->process->seen()) {
            stage.child->observer = nullptr; // the caller may destroy it now
            abandon(std::move(stage.child));
        }
}

// --- starting ----------------------------------------------------------------------

Stages::Refusal Stages::launch(std::size_t index,
                               std::vector<sys::FdMove> moves, bool alone,
                               Cast cast)
{
    auto& stage = stages_[index];
    auto const& planned = *program_.commands[index].stage;
    stage.moves = std::move(moves);
    stage.start = std::make_unique<Start>(
        planned.args, planned.options,
        JobContext{{index + 1, stages_.size(), events_.run()},
                   events_.observer(),
                   stage.moves,
                   containment_,
                   program_.commands[index].terminal,
                   cast.is_stand_in(),
                   counts_bytes_});
    alone |= planned.options.foreground; // one at a time
    stage.is_unconfirmed = !alone || cast.is_stand_in();
    if (cast.is_stand_in())
        stage.start->launch(std::move(cast.process), std::move(cast.refusal));
    else if (auto refusal = alone ? stage.start->launch()
                                  : stage.start->launch_unconfirmed())
        return refusal;
    roster_.announce(index, stage.start->pid());
    return {};
}

Stages::Refusal Stages::confirm(std::size_t first, std::size_t count)
{
    running_.reserve(running_.size() + count);
    for (std::size_t i = first; i < first + count; ++i) {
        auto& stage = stages_[i];
        if (!stage.start)
            continue;
        if (stage.is_unconfirmed)
            if (auto refusal = stage.start->confirm())
                return refusal;
        stage.child = stage.start->take();
        stage.start.reset();
        stage.limit = sys::deadline_after(program_.commands[i].stage->timeout);
        idle_.begin(i);
        running_.push_back(i);
        roster_.add(i, *stage.child);
    }
    return {};
}

void Stages::give_up(std::size_t first, std::size_t count) noexcept
{
    std::erase_if(running_, [&](std::size_t index) {
        return index >= first && index < first + count;
    });
    for (std::size_t i = first; i < first + count; ++i) {
        auto& stage = stages_[i];
        stage.start.reset();
        roster_.remove(i);
        if (!stage.child)
            continue;
        end_and_wait(*stage.child, Teardown::kill());
        if (stage.child->process->seen())
            stage.given_up = std::move(stage.child);
    }
}

Outcome Stages::refused(SpawnError const& error)
{
    Outcome outcome{.failed = true,
                    .returncode = status_of(error).returncode(),
                    .decided_by = error.stage() - 1};
    outcome.refusal = std::make_shared<SpawnError const>(error);
    if (outcome.decided_by < stages_.size()) {
        auto& stage = stages_[outcome.decided_by];
        stage.refusal = error;
        stage.failed = true;
    }
    return outcome;
}

// Descriptors that report the end of a child can be spared: they are made again
// when needed. So a long pipeline does with few descriptors.
void Stages::shed() noexcept
{
    for (auto& stage : stages_)
        if (stage.start)
            stage.start->shed();
        else if (stage.child)
            stage.child->process->shed();
}

// --- running -------------------------------------------------------------------------

Stages::Due Stages::due(std::size_t index,
                        sys::Clock::time_point now) const noexcept
{
    auto const& stage = stages_[index];
    if (stage.ending.has_begun())
        return now >= stage.ending.due() ? Due::ending : Due::nothing;
    if (now >= stage.limit)
        return Due::limit;
    return now >= idle_.due(index) ? Due::silence : Due::nothing;
}

sys::Deadline Stages::deadline() const noexcept
{
    auto earliest = sys::never;
    for (auto const index : running_) {
        auto const& stage = stages_[index];
        earliest =
            std::min(earliest, stage.ending.has_begun()
                                   ? stage.ending.due()
                                   : std::min(stage.limit, idle_.due(index)));
    }
    return earliest;
}

// --- ending --------------------------------------------------------------------------

std::optional<Outcome> Stages::reap(std::size_t index, bool known_to_have_ended)
{
    auto& child = *stages_[index].child;
    auto const exit = known_to_have_ended ? child.collect()
                                          : child.wait(sys::Deadline::min());
    stages_[index].held = known_to_have_ended && !exit;
    return exit ? std::optional(judged(index)) : std::nullopt;
}

Outcome Stages::reap_at_last(std::size_t index)
{
    stages_[index].child->wait(sys::never);
    return judged(index);
}

void Stages::begin_ending(std::size_t index, Teardown const& how,
                          Why why) noexcept
{
    auto& stage = stages_[index];
    stage.timed_out |= why == Why::limit || why == Why::silence;
    bool const may_be_silent =
        why == Why::silence || (why == Why::whole && !stage.timed_out);
    if (!stage.silent_since && may_be_silent)
        stage.silent_since = idle_.last_byte(index); // it may yet say something
    stage.ended_early |= why == Why::whole;
    stage.dismissed |= why == Why::dismissed;
    stage.ending.begin(how);
}

std::optional<Outcome> Stages::go_on_ending(std::size_t index,
                                            sys::Clock::time_point now)
{
    auto& stage = stages_[index];
    if (stage.ending.go_on(*stage.child, now))
        return {};
    return judged(index);
}

Outcome Stages::judged(std::size_t index)
{
    std::erase(running_, index);
    auto& stage = stages_[index];
    auto const& command = program_.commands[index];
    auto const exit = stage.child->process->seen();
    auto const status = exit ? exit->status : ExitStatus::unknown();
    StageCase const known{status,
                          accepted_by(*command.stage),
                          command.stage->checked,
                          command.feeds_reader,
                          stage.timed_out,
                          stage.dismissed};
    auto const verdict = judge(known);
    stage.failed = verdict.failed;
    stage.forgiven = verdict.forgiven;
    return {.failed = stage.failed,
            .returncode = returncode_of(known, verdict),
            .decided_by = index};
}

// --- records ---------------------------------------------------------------------------

void Stages::record(std::size_t index, StageResult& into) const
{
    auto const& stage = stages_[index];
    into.command = program_.commands[index].stage->command();
    into.failed = stage.failed;
    into.forgiven = stage.forgiven;
    into.timed_out = stage.timed_out;
    into.ended_early = stage.ended_early;
    if (stage.silent_since)
        into.silent_since = sys::on_the_wall(*stage.silent_since);
    into.accepted = program_.commands[index].stage->accept;
    into.secrets = program_.commands[index].stage->secrets();
    if (stage.refusal) {
        into.refusal = stage.refusal->what();
        into.status = status_of(*stage.refusal);
    }
    if (!stage.child)
        return;
    auto const& child = *stage.child;
    into.pid = child.process->pid();
    into.containment = child.process->containment();
    into.escaped = sys::running(child.escaped);
    into.started_at = child.started_at;
    into.start_time = child.start_time;
    auto const exit = child.process->seen();
    into.wall_time = (exit ? exit->seen_at : sys::Clock::now()) - child.started;
    into.status = exit ? exit->status : ExitStatus::unknown();
    if (exit)
        into.usage = exit->usage;
}

std::vector<std::string> Stages::take_args(std::size_t index)
{
    auto& stage = stages_[index];
    return stage.child ? std::move(stage.child->argv())
                       : program_.commands[index].stage->argv();
}

} // namespace runnel::inline v0
