// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/starter.hpp"

#include "job/run_parts.hpp"
#include "plan/lower.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <runnel/error.hpp>
#include <runnel/words.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;
using Part = ProgramGroup::Part;

} // namespace

/// Ends the parts of a unit that were started, if not all of them can be. If the
/// outer unit fails, its inner units are ended, too.
class Starter::Undo {
public:
    Undo(Starter& starter, BegunUnit const& begun)
        : starter_(&starter), begun_(begun)
    {
    }
    Undo(Undo const&) = delete;
    Undo& operator=(Undo const&) = delete;
    ~Undo()
    {
        if (starter_ != nullptr)
            starter_->undo(begun_);
    }

    void dismiss() noexcept { starter_ = nullptr; }

private:
    Starter* starter_;
    BegunUnit begun_;
};

Starter::Starter(RunParts& parts)
    : parts_(parts), uses_(parts.program, parts.opener.wiring())
{
}

// --- units ---------------------------------------------------------------------------

Starter::Refusal Starter::start_unit(std::size_t unit)
{
    BegunUnit const begun{unit, parts_.helpers.count()};
    if (auto refusal =
            begin_unit(begun, parts_.program.units[unit].commands == 1))
        return refusal;
    return finish_unit(begun);
}

Starter::Refusal Starter::begin_unit(BegunUnit const& begun, bool alone)
{
    if (depth_++ == 0)
        parts_.stages.roster().expect();
    Undo undo(*this, begun);
    for (auto const step : parts_.program.units[begun.unit].steps)
        if (auto refusal = do_step(step, alone))
            return refusal;
    undo.dismiss();
    return {};
}

Starter::Refusal Starter::finish_unit(BegunUnit const& begun)
{
    Undo undo(*this, begun);
    auto const& unit = parts_.program.units[begun.unit];
    if (auto error = parts_.stages.confirm(unit.first_command, unit.commands))
        return refused(*error);
    parts_.stand_ins.start(unit.first_command, unit.commands);
    if (depth_ == 1)
        parts_.helpers.start();
    for (auto const& [kind, index] : unit.steps)
        if (kind == Step::Kind::helper)
            parts_.events.started(index);
    undo.dismiss();
    --depth_;
    return {};
}

void Starter::undo(BegunUnit const& begun) noexcept
{
    --depth_;
    give_up(parts_.program.units[begun.unit], begun.helpers);
}

Starter::Refusal Starter::refused(SpawnError const& error)
{
    if (auto* const witnesses = parts_.stand_ins.witnesses())
        witnesses->refused(error);
    return parts_.stages.refused(error);
}

Starter::Refusal Starter::do_step(Step step, bool alone)
try {
    switch (step.kind) {
    case Step::Kind::need: parts_.opener.need(step.index); break;
    case Step::Kind::open: parts_.opener.open(step.index); break;
    case Step::Kind::command: return start_command(step.index, alone);
    case Step::Kind::helper: start_helper(step.index); break;
    case Step::Kind::list: return start_list(step.index);
    }
    return {};
} catch (SpawnError const& error) {
    return refused(error);
}

void Starter::give_up(ProgramUnit const& unit, std::size_t helpers) noexcept
{
    parts_.stages.give_up(unit.first_command, unit.commands);
    parts_.stand_ins.give_up(unit.first_command, unit.commands);
    parts_.helpers.give_up(helpers);
    parts_.opener.give_up(unit);
    uses_.end_unit(unit);
}

// --- lists ---------------------------------------------------------------------------

Starter::Refusal Starter::start_part(std::size_t list, std::size_t part)
{
    auto const& group = parts_.program.groups[list];
    auto refusal = start_unit(group.parts[part].unit);
    if (!refusal && part + 1 == group.parts.size())
        uses_.end_held(list);
    return refusal;
}

// If commands that cannot be started decide a list before anything in it ran,
// the list itself cannot be started.
Starter::Refusal Starter::start_list(std::size_t list)
{
    for (std::size_t part = 0;; ++part) {
        auto refusal = start_part(list, part);
        if (!refusal || !parts_.course.goes_on(list, part, *refusal))
            return refusal;
    }
}

void Starter::go_on(Course::Next next)
{
    while (auto refusal = start_part(next.list, next.part)) {
        auto const further =
            parts_.course.ended({next.list, next.part}, std::move(*refusal));
        settle_finished();
        if (!further)
            return;
        next = *further;
    }
}

void Starter::settle_finished() noexcept
{
    for (auto const& [list, last] : parts_.course.finished())
        uses_.end_list(list, last + 1);
    parts_.course.forget_finished();
}

// --- commands --------------------------------------------------------------------------

Starter::Refusal Starter::start_command(std::size_t index, bool alone)
{
    auto moves = moves_of(index);
    auto cast = parts_.stand_ins.begin(index, moves);
    if (auto error = parts_.stages.launch(index, std::move(moves), alone,
                                          std::move(cast)))
        return refused(*error);
    parts_.stand_ins.launched();
    uses_.end_command(index);
    return {};
}

std::vector<sys::FdMove> Starter::moves_of(std::size_t index) const
{
    auto const& command = parts_.program.commands[index];
    std::vector<sys::FdMove> moves;
    moves.reserve(command.connections.size());
    for (auto const& [number, endpoint] : command.connections)
        moves.push_back({parts_.opener.wiring().fd(endpoint), number});
    return moves;
}

// --- helpers ---------------------------------------------------------------------------

void Starter::start_helper(std::size_t index)
{
    auto const& helper = parts_.program.helpers[index];
    if (helper.code)
        start_code(index);
    else if (helper.is_join())
        start_join(index);
    else
        start_tee(index);
    uses_.end_helper(index);
}

void Starter::start_code(std::size_t index)
{
    auto const& helper = parts_.program.helpers[index];
    bool const is_stdin = helper.in == no_index;
    parts_.helpers.add_code(
        index, is_stdin ? 0 : parts_.opener.wiring().fd(helper.in),
        is_stdin ? nullptr : parts_.opener.wiring().share(helper.in),
        outlet(helper.out), parts_.idle);
}

void Starter::start_tee(std::size_t index)
{
    auto const& helper = parts_.program.helpers[index];
    std::vector<CopyPlace> copies;
    std::size_t branch = 0;
    for (auto const copy : helper.copies) {
        bool const is_branch =
            parts_.program.endpoints[copy].kind == Kind::pipe_write;
        branch += is_branch;
        copies.push_back({outlet(copy), is_branch
                                            ? branch_name(helper.place, branch)
                                            : name_of(copy)});
    }
    parts_.helpers.add_tee(index, inlet(helper.in), outlet(helper.out),
                           std::move(copies), parts_.idle);
}

void Starter::start_join(std::size_t index)
{
    auto const& helper = parts_.program.helpers[index];
    std::vector<NoWaitFd> in;
    in.reserve(helper.joined.size());
    for (auto const& joined : helper.joined)
        in.push_back(inlet(joined.endpoint));
    parts_.helpers.add_join(index, std::move(in), outlet(helper.out),
                            parts_.idle);
}

NoWaitFd Starter::inlet(std::size_t endpoint)
{
    if (endpoint == no_index)
        return NoWaitFd(0);
    if (auto sole = parts_.opener.wiring().take_sole(endpoint))
        return NoWaitFd(std::move(*sole), Held::by_us);
    return NoWaitFd(parts_.opener.wiring().fd(endpoint),
                    parts_.opener.wiring().share(endpoint));
}

Outlet Starter::outlet(std::size_t endpoint)
{
    if (endpoint == no_index) {
        if (!sys::is_open(1))
            throw SystemError(
                std::make_error_code(std::errc::bad_file_descriptor),
                "cannot write to stdout of this process");
        return Outlet(1);
    }
    auto const& wanted = parts_.program.endpoints[endpoint];
    if (wanted.kind == Kind::captured)
        return Outlet(*parts_.captures.drain(wanted.peer));
    if (auto sole = parts_.opener.wiring().take_sole(endpoint))
        return Outlet(std::move(*sole));
    return Outlet(parts_.opener.wiring().fd(endpoint),
                  parts_.opener.wiring().share(endpoint));
}

std::string Starter::name_of(std::size_t endpoint) const
{
    auto const& wanted = parts_.program.endpoints[endpoint];
    if (wanted.is_capture())
        return "a capture";
    switch (wanted.kind) {
    case Kind::descriptor: return "descriptor " + std::to_string(wanted.fd);
    case Kind::null_device: return '"' + std::string(sys::null_device) + '"';
    default: return '"' + wanted.path + '"';
    }
}

std::string Starter::branch_name(ProgramPlace tee, std::size_t branch) const
{
    return '"'
         + command_of(parts_.program,
                      parts_.program.groups[tee.group].parts[branch])
         + '"';
}

} // namespace runnel::inline v0
