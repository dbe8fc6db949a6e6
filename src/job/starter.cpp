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

Starter::Starter(RunParts& parts)
    : parts_(parts), uses_(parts.program, parts.opener.wiring())
{
}

// --- units ---------------------------------------------------------------------------

void Starter::start_unit(std::size_t unit)
{
    finish_unit(begin_unit(unit, parts_.program.units[unit].commands == 1));
}

Starter::BegunUnit Starter::begin_unit(std::size_t unit, bool alone)
{
    BegunUnit const begun{unit, parts_.helpers.count()};
    if (depth_++ == 0)
        parts_.stages.roster().expect();
    or_undo(begun, [&] {
        for (auto const step : parts_.program.units[unit].steps)
            do_step(step, alone);
    });
    return begun;
}

void Starter::finish_unit(BegunUnit const& begun)
{
    or_undo(begun, [&] {
        auto const& unit = parts_.program.units[begun.unit];
        parts_.stages.confirm(unit.first_command, unit.commands);
        parts_.stand_ins.start(unit.first_command, unit.commands);
        if (depth_ == 1)
            parts_.helpers.start();
        for (auto const& [kind, index] : unit.steps)
            if (kind == Step::Kind::helper)
                parts_.events.started(index);
    });
    --depth_;
}

/// If `start_parts`, which starts parts of the unit, throws, the parts that were
/// started are ended. If the outer unit fails, its inner units are ended, too.
template <class F>
void Starter::or_undo(BegunUnit const& begun, F start_parts)
try {
    start_parts();
} catch (SpawnError const& error) {
    if (auto* const witnesses = parts_.stand_ins.witnesses())
        witnesses->refused(error);
    undo(begun);
    throw;
} catch (...) {
    undo(begun);
    throw;
}

void Starter::undo(BegunUnit const& begun) noexcept
{
    --depth_;
    give_up(parts_.program.units[begun.unit], begun.helpers);
}

void Starter::do_step(Step step, bool alone)
{
    switch (step.kind) {
    case Step::Kind::need: return parts_.opener.need(step.index);
    case Step::Kind::open: return parts_.opener.open(step.index);
    case Step::Kind::command: {
        auto moves = moves_of(step.index);
        auto cast = parts_.stand_ins.begin(step.index, moves);
        parts_.stages.launch(step.index, std::move(moves), alone,
                             std::move(cast));
        parts_.stand_ins.launched();
        return uses_.end_command(step.index);
    }
    case Step::Kind::helper: return start_helper(step.index);
    case Step::Kind::list: return start_list(step.index);
    }
}

void Starter::give_up(ProgramUnit const& unit, std::size_t helpers) noexcept
{
    parts_.stages.give_up(unit.first_command, unit.commands);
    parts_.stand_ins.give_up(unit.first_command, unit.commands);
    parts_.helpers.give_up(helpers);
    uses_.end_unit(unit);
}

// --- lists ---------------------------------------------------------------------------

/// True if the part runs; otherwise `outcome` says why not.
bool Starter::start_part(std::size_t list, std::size_t part, Outcome& outcome)
{
    auto const& group = parts_.program.groups[list];
    try {
        start_unit(group.parts[part].unit);
        if (part + 1 == group.parts.size())
            uses_.end_held(list);
        return true;
    } catch (SpawnError const& error) {
        outcome = parts_.stages.refused(error);
    } catch (DecidedAtStart const& decided) {
        outcome = decided.outcome;
    }
    return false;
}

// If commands that cannot be started decide a list before anything in it ran,
// the list itself cannot be started.
void Starter::start_list(std::size_t list)
{
    Outcome outcome;
    for (std::size_t part = 0; !start_part(list, part, outcome); ++part)
        if (!parts_.course.goes_on(list, part, outcome))
            throw DecidedAtStart{outcome};
}

void Starter::go_on(Course::Next next)
{
    Outcome outcome;
    while (!start_part(next.list, next.part, outcome)) {
        auto const further =
            parts_.course.ended({next.list, next.part}, std::move(outcome));
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
