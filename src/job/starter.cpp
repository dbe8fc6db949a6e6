#include "job/starter.hpp"

#include "plan/lower.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/pipe.hpp"

#include <runnel/error.hpp>
#include <runnel/words.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;
using Part = ProgramGroup::Part;

/// For pipes between children: large enough that both can work at once, small
/// enough for many pipes (bench/README.md, pipelines).
constexpr std::size_t part_pipe_size = std::size_t{256} * 1024;

} // namespace

Starter::Starter(Parts parts)
    : program_(parts.program), stages_(parts.stages), helpers_(parts.helpers),
      captures_(parts.captures), course_(parts.course), pump_(parts.pump),
      observer_(parts.observer), wiring_(program_.endpoints),
      uses_(program_, wiring_)
{
}

void Starter::open_hands()
{
    for (std::size_t i = 0; i < program_.endpoints.size(); ++i)
        if (program_.endpoints[i].kind == Kind::in_hand)
            open_wire(i);
}

int Starter::take_stream(int stream) noexcept
{
    for (std::size_t i = 0; i < program_.endpoints.size(); ++i) {
        auto const& endpoint = program_.endpoints[i];
        if (endpoint.kind == Kind::in_hand && endpoint.fd == stream)
            return wiring_.take_our_end(i).release();
    }
    return -1;
}

// --- units ---------------------------------------------------------------------------

// All or nothing: if a part of a unit cannot be started, the parts that were
// started are ended. If the outer unit fails, its inner units are ended, too.
void Starter::start_unit(std::size_t unit)
{
    auto const& wanted = program_.units[unit];
    auto const helpers = helpers_.count();
    if (depth_++ == 0)
        stages_.roster().expect();
    try {
        // A single child is started the simple way.
        for (auto const step : wanted.steps)
            do_step(step, wanted.commands == 1);
        stages_.confirm(wanted.first_command, wanted.commands);
        if (depth_ == 1)
            helpers_.start();
    } catch (...) {
        --depth_;
        give_up(wanted, helpers);
        throw;
    }
    --depth_;
}

void Starter::do_step(Step step, bool alone)
{
    switch (step.kind) {
    case Step::Kind::need: return need(step.index);
    case Step::Kind::open: return open(step.index);
    case Step::Kind::command:
        stages_.launch(step.index, moves_of(step.index), alone);
        return uses_.end_command(step.index);
    case Step::Kind::helper: return start_helper(step.index);
    case Step::Kind::list: return start_list(step.index);
    }
}

void Starter::give_up(ProgramUnit const& unit, std::size_t helpers) noexcept
{
    stages_.give_up(unit.first_command, unit.commands);
    helpers_.give_up(helpers);
    uses_.end_unit(unit);
}

// --- lists ---------------------------------------------------------------------------

/// True if the part runs; otherwise `outcome` says why not.
bool Starter::start_part(std::size_t list, std::size_t part, Outcome& outcome)
{
    auto const& group = program_.groups[list];
    try {
        start_unit(group.parts[part].unit);
        if (part + 1 == group.parts.size())
            uses_.end_held(list);
        return true;
    } catch (SpawnError const& error) {
        outcome = stages_.refused(error);
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
        if (!course_.goes_on(list, part, outcome))
            throw DecidedAtStart{outcome};
}

void Starter::go_on(Course::Next next)
{
    Outcome outcome;
    while (!start_part(next.list, next.part, outcome)) {
        auto const further =
            course_.ended({next.list, next.part}, std::move(outcome));
        settle_finished();
        if (!further)
            return;
        next = *further;
    }
}

void Starter::settle_finished() noexcept
{
    for (auto const& [list, last] : course_.finished())
        uses_.end_list(list, last + 1);
    course_.forget_finished();
}

// --- endpoints -------------------------------------------------------------------------

void Starter::need(std::size_t endpoint)
{
    if (auto const failure = wiring_.need(endpoint))
        fail(program_.endpoints[endpoint], *failure);
}

// A capture that only this process writes to needs no pipe.
void Starter::open(std::size_t endpoint)
{
    auto const& wanted = program_.endpoints[endpoint];
    if (wanted.kind == Kind::captured && wanted.commands == 0)
        captures_.open(wanted.peer, {});
    else
        open_wire(endpoint);
}

void Starter::open_wire(std::size_t endpoint)
{
    auto failure = wiring_.open(endpoint);
    if (failure && failure->error == std::errc::too_many_files_open) {
        stages_.shed();
        failure = wiring_.open(endpoint);
    }
    if (failure)
        fail(program_.endpoints[endpoint], *failure);
    place_our_end(endpoint);
}

void Starter::place_our_end(std::size_t endpoint)
{
    auto const& opened = program_.endpoints[endpoint];
    switch (opened.kind) {
    case Kind::captured:
        return captures_.open(opened.peer, wiring_.take_our_end(endpoint));
    case Kind::text:
        pump_.feed(wiring_.take_our_end(endpoint), *opened.text);
        return;
    case Kind::input:
        pump_.feed(wiring_.take_our_end(endpoint), input_);
        return;
    case Kind::pipe_write:
        if (PipeAllowance share;
            wiring_.pipe_size(endpoint) <= 0 && share.take(part_pipe_size)) {
            sys::resize_pipe(wiring_.fd(endpoint), part_pipe_size);
            pipes_.push_back(std::move(share));
        }
        return;
    default: return;
    }
}

// An in-process stage has no number of its own: errors give that of a command
// beside it.
void Starter::fail(Endpoint const& endpoint, WiringFailure const& failure) const
{
    auto const stages = std::max<std::size_t>(program_.commands.size(), 1);
    auto const stage = std::min(endpoint.stage, stages - 1);
    std::vector<std::string> args{endpoint.label.empty() ? "C++"
                                                         : endpoint.label};
    std::string executable;
    std::string script;
    if (endpoint.label.empty() && !program_.commands.empty()) {
        auto const& planned = *program_.commands[stage].stage;
        args = planned.argv();
        if (planned.options.shell)
            script = planned.args.front();
        else
            executable = planned.options.executable.str();
    }
    if (observer_ != nullptr)
        observer_->refused({{args, executable, stage + 1, stages},
                            failure.step,
                            failure.error});
    throw SpawnError(failure.error, {.program = args.front(),
                                     .step = failure.step,
                                     .subject = failure.subject,
                                     .hint = {},
                                     .stage = stage + 1,
                                     .stages = stages,
                                     .script = script});
}

// --- commands --------------------------------------------------------------------------

std::vector<sys::FdMove> Starter::moves_of(std::size_t index) const
{
    auto const& command = program_.commands[index];
    std::vector<sys::FdMove> moves;
    moves.reserve(command.connections.size());
    for (auto const& [number, endpoint] : command.connections)
        moves.push_back({wiring_.fd(endpoint), number});
    return moves;
}

// --- helpers ---------------------------------------------------------------------------

void Starter::start_helper(std::size_t index)
{
    auto const& helper = program_.helpers[index];
    if (helper.code)
        start_code(index);
    else
        start_tee(index);
    uses_.end_helper(index);
}

void Starter::start_code(std::size_t index)
{
    auto const& helper = program_.helpers[index];
    bool const is_stdin = helper.in == no_index;
    helpers_.add_code(index, is_stdin ? 0 : wiring_.fd(helper.in),
                      is_stdin ? nullptr : wiring_.share(helper.in),
                      outlet(helper.out));
}

void Starter::start_tee(std::size_t index)
{
    auto const& helper = program_.helpers[index];
    std::vector<CopyPlace> copies;
    std::size_t branch = 0;
    for (auto const copy : helper.copies) {
        bool const is_branch =
            program_.endpoints[copy].kind == Kind::pipe_write;
        branch += is_branch;
        copies.push_back({outlet(copy), is_branch
                                            ? branch_name(helper.place, branch)
                                            : name_of(copy)});
    }
    helpers_.add_tee(index, inlet(helper.in), outlet(helper.out),
                     std::move(copies));
}

NoWaitFd Starter::inlet(std::size_t endpoint)
{
    if (endpoint == no_index)
        return NoWaitFd(0);
    if (auto sole = wiring_.take_sole(endpoint))
        return NoWaitFd(std::move(*sole), Held::by_us);
    return NoWaitFd(wiring_.fd(endpoint), wiring_.share(endpoint));
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
    auto const& wanted = program_.endpoints[endpoint];
    if (wanted.kind == Kind::captured)
        return Outlet(*captures_.drain(wanted.peer));
    if (auto sole = wiring_.take_sole(endpoint))
        return Outlet(std::move(*sole));
    return Outlet(wiring_.fd(endpoint), wiring_.share(endpoint));
}

std::string Starter::name_of(std::size_t endpoint) const
{
    auto const& wanted = program_.endpoints[endpoint];
    switch (wanted.kind) {
    case Kind::descriptor: return "descriptor " + std::to_string(wanted.fd);
    case Kind::null_device: return '"' + std::string(sys::null_device) + '"';
    case Kind::captured: return "a capture";
    default: return '"' + wanted.path + '"';
    }
}

std::string Starter::branch_name(ProgramPlace tee, std::size_t branch) const
{
    return '"' + command_of(program_, program_.groups[tee.group].parts[branch])
         + '"';
}

} // namespace runnel::inline v0
