// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Other threads start, drive and end the run meanwhile. So only this is looked at: what
// never changes (the program), what is atomic (the roster, numbers of descriptors), and
// what the system says.
#include "job/run_waits.hpp"

#include "child/check_stdio.hpp"
#include "child/waiting.hpp"
#include "job/run_parts.hpp"
#include "plan/lower.hpp"
#include "plan/program_pipes.hpp"
#include "seen/quantity.hpp"
#include "sys/names.hpp"
#include "text/visible.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;

std::string title_of(Program const& program, std::size_t command)
{
    return "stage " + std::to_string(command + 1) + " of "
         + std::to_string(program.commands.size()) + " \""
         + in_one_line(program.commands[command].stage->command()) + '"';
}

/// Where a descriptor of a command leads to; `no_index` if the expression does not say.
std::size_t endpoint_of(ProgramCommand const& command, int fd)
{
    for (auto const& [number, endpoint] : command.connections)
        if (number == fd)
            return endpoint;
    return no_index;
}

/// The in-process part at the other end of a pipe; null if there is none.
ProgramHelper const* helper_at(Program const& program, std::size_t endpoint)
{
    auto const peer = program.endpoints[endpoint].peer;
    for (auto const& helper : program.helpers) {
        bool uses = false;
        helper.for_each_endpoint([&](std::size_t end) { uses |= end == peer; });
        if (uses)
            return &helper;
    }
    return nullptr;
}

/// Why this process has the other end of a pipe.
std::string own_part(Program const& program, std::size_t endpoint)
{
    if (endpoint == no_index)
        return {};
    auto const& one = program.endpoints[endpoint];
    switch (one.kind) {
    case Kind::text:
    case Kind::input: return ", which feeds it";
    case Kind::captured: return ", which captures it";
    case Kind::in_hand:
        return one.fd == 0 ? ", whose Job::in() is open"
             : one.fd == 1 ? ", which must read Job::out()"
                           : ", which must read Job::err()";
    case Kind::pipe_read:
    case Kind::pipe_write:
        if (auto const* const helper = helper_at(program, endpoint))
            return " (" + std::string(label_of(*helper)) + ')';
        return {};
    default: return {};
    }
}

/// Names processes as seen from one part of a program.
class Others : public PipeHolders {
public:
    /// `command`: this is the part; `no_index`: it is none.
    explicit Others(RunParts const& parts, std::size_t command = no_index)
        : parts_(parts), command_(command)
    {
    }

    std::string name(int pid, int fd) const override
    {
        if (pid == sys::own_pid())
            return "this program" + own_part(parts_.program, endpoint(fd));
        auto const& roster = parts_.stages.roster();
        for (std::size_t i = 0; i < roster.size(); ++i)
            if (roster.pid(i) == pid)
                return i == command_ ? "itself"
                                     : "stage " + std::to_string(i + 1);
        return stranger(pid) + ", which is no command of this job";
    }

private:
    /// What the part has at its descriptor.
    virtual std::size_t endpoint(int fd) const
    {
        return endpoint_of(parts_.program.commands[command_], fd);
    }

    RunParts const& parts_;
    std::size_t command_;
};

/// As seen from an in-process stage, which has one input.
class OthersOfCode final : public Others {
public:
    OthersOfCode(RunParts const& parts, std::size_t in) : Others(parts), in_(in)
    {
    }

private:
    std::size_t endpoint(int) const override { return in_; }

    std::size_t in_;
};

std::string text_of_limits(RunParts const& parts, std::size_t index,
                           detail::PopenState const& child)
{
    auto const now = sys::Clock::now();
    auto const& command = parts.program.commands[index];
    std::string text;
    if (auto const limit = command.stage->timeout; !limit.is_forever())
        text += "; its time limit "
              + text_of_limit(limit.deadline(child.started), now);
    auto const silence = command.stage->idle_timeout;
    if (silence.is_forever())
        return text;
    auto last = child.started;
    for (auto const& [number, endpoint] : command.connections)
        if (auto const pipe = parts.idle.pipe(endpoint))
            last = std::max(last, pipe->at());
    return text + "; its idle limit "
         + text_of_limit(silence.deadline(last), now);
}

std::string text_of_command(RunParts const& parts, std::size_t index)
{
    auto const& command = parts.program.commands[index];
    auto const title = "  " + title_of(parts.program, index) + ": ";
    auto const* const child = parts.stages.roster().child(index);
    if (child == nullptr)
        return title
             + (parts.stages.roster().pid(index) > 0 ? "is being started\n"
                                                     : "not started\n");
    bool const has_ended = child->process->seen().has_value();
    if (has_ended || command.stand_in == nullptr)
        return title + text_of_child(*child, Others(parts, index))
             + (has_ended ? "" : text_of_limits(parts, index, *child)) + '\n';
    return title + "code of this program stands in for it\n";
}

std::string text_of_input(RunParts const& parts, ProgramHelper const& helper,
                          int fd)
{
    auto const file = sys::file_of(0, fd);
    if (!sys::is_pipe(file))
        return file.empty() ? "" : ", which is " + in_one_line(file);
    auto const holders = sys::holders_of(file, sys::PipeEnd::write);
    return holders.empty()
             ? ", a pipe whose other end is closed"
             : " from " + names_of(holders, fd, OthersOfCode(parts, helper.in));
}

std::string quoted(std::string_view name)
{
    return '"' + in_one_line(name) + '"';
}

/// "in-process "stage" behind "cat""
std::string title_of_code(Program const& program, std::size_t index)
{
    auto const [before, after] = neighbours_of(program, index);
    return "  in-process " + quoted(label_of(program.helpers[index]))
         + (!before.empty()  ? " behind " + quoted(before)
            : !after.empty() ? " in front of " + quoted(after)
                             : "");
}

/// What reads the output of an in-process stage.
std::string text_of_reader(Program const& program, std::size_t index)
{
    auto const out = program.helpers[index].out;
    auto const after = neighbours_of(program, index).after;
    bool const is_ours =
        out != no_index && program.endpoints[out].kind == Kind::in_hand;
    return !after.empty() ? ": " + quoted(after)
         : is_ours        ? ": this program, which must read Job::out()"
                          : "";
}

std::string text_of_code(RunParts const& parts, std::size_t index)
{
    auto const& program = parts.program;
    auto const& place = parts.helpers.place(index);
    auto const title = title_of_code(program, index) + ": ";
    auto const state = place.state.load();
    switch (state) {
    case CodeState::not_started: return title + "not started\n";
    case CodeState::runs: break;
    case CodeState::waits_for_input:
        // Its descriptor may be closed, and be another file, once the wait is over.
        if (auto const from =
                text_of_input(parts, program.helpers[index], place.in);
            place.state.load() == state)
            return title + "waits for input" + from + '\n';
        break;
    case CodeState::waits_for_reader:
        return title + "waits for a reader of its output"
             + text_of_reader(program, index) + '\n';
    case CodeState::ended: return title + "has ended\n";
    }
    return title + "runs\n";
}

bool has_ended(RunParts const& parts, std::size_t command)
{
    auto const* const child = parts.stages.roster().child(command);
    return child != nullptr && child->process->seen();
}

/// If the command that wrote to a capture has ended, and the capture is still open: who
/// holds it.
std::string text_of_capture(RunParts const& parts, std::size_t index)
{
    auto const& kept = parts.program.captures[index];
    int const fd = parts.captures.number(index);
    if (fd < 0 || (kept.stage != no_index && !has_ended(parts, kept.stage)))
        return {};
    auto const pipe = sys::file_of(0, fd);
    if (!sys::is_pipe(pipe))
        return {};
    auto const holders = sys::holders_of(pipe, sys::PipeEnd::write);
    auto const first = kept.stage == no_index ? 0 : kept.stage;
    if (holders.empty() || parts.captures.number(index) != fd)
        return {};
    return "  the captured " + stream_name(kept.stream)
         + (kept.stage == no_index
                ? std::string()
                : " of stage " + std::to_string(kept.stage + 1))
         + " is still open: "
         + names_of(holders, kept.stream, Others(parts, first)) + '\n';
}

} // namespace

std::string text_of_limit(sys::Deadline limit, sys::Clock::time_point now)
{
    return limit <= now ? "has passed" : "passes in " + text_of(limit - now);
}

std::string text_of_waits(RunParts const& parts)
{
    std::string text;
    for (std::size_t i = 0; i < parts.program.commands.size(); ++i)
        text += text_of_command(parts, i);
    for (std::size_t i = 0; i < parts.program.helpers.size(); ++i)
        if (parts.program.helpers[i].code)
            text += text_of_code(parts, i);
    for (std::size_t i = 0; i < parts.program.captures.size(); ++i)
        text += text_of_capture(parts, i);
    return text;
}

} // namespace runnel::inline v0
