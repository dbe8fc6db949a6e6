// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/program_pipes.hpp"

#include "plan/lower.hpp"

#include <runnel/words.hpp>

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;

bool uses(ProgramCommand const& command, std::size_t endpoint)
{
    return std::ranges::find(command.connections, endpoint,
                             &Connection::endpoint)
        != command.connections.end();
}

bool uses(ProgramHelper const& helper, std::size_t endpoint)
{
    bool is_used = false;
    helper.for_each_endpoint(
        [&](std::size_t end) { is_used |= end == endpoint; });
    return is_used;
}

template <class Part>
void add_users(std::vector<ProgramPart>& users, std::vector<Part> const& parts,
               std::size_t endpoint, bool are_helpers)
{
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (uses(parts[i], endpoint))
            users.push_back({are_helpers, i});
}

std::vector<ProgramPart> users_of(Program const& program, std::size_t endpoint)
{
    std::vector<ProgramPart> users;
    if (endpoint == no_index)
        return users;
    add_users(users, program.commands, endpoint, false);
    add_users(users, program.helpers, endpoint, true);
    return users;
}

std::string names_of(Program const& program,
                     std::vector<ProgramPart> const& parts)
{
    std::string names;
    for (auto const part : parts)
        names += (names.empty() ? "" : ", ") + name_of(program, part);
    return names;
}

bool is_written(Endpoint const& endpoint)
{
    return endpoint.is_capture()
        || (endpoint.kind == Kind::in_hand && endpoint.fd != 0);
}

bool is_read(Endpoint const& endpoint)
{
    return endpoint.kind == Kind::text || endpoint.kind == Kind::input
        || (endpoint.kind == Kind::in_hand && endpoint.fd == 0);
}

/// The end of a pipe that is in this process.
std::string_view our_end(Endpoint const& endpoint)
{
    switch (endpoint.kind) {
    case Kind::captured:
    case Kind::memory_file: return "capture";
    case Kind::text: return "text";
    case Kind::input: return "input";
    default: return "caller";
    }
}

void add_parts(std::vector<ProgramPart>& all, Program const& program,
               ProgramGroup::Part part)
{
    using In = ProgramGroup::Part::Kind;
    if (part.kind != In::group)
        return all.push_back({part.kind == In::helper, part.index});
    for (auto const& inner : program.groups[part.index].parts)
        add_parts(all, program, inner);
}

/// Stderr of a command that this process reads is another pipe than its stdout.
bool is_stderr(Program const& program, Endpoint const& end)
{
    return end.is_capture() ? program.captures[end.peer].stream == 2
                            : is_written(end) && end.fd == 2;
}

std::string users_at(Program const& program, std::size_t endpoint, Kind kind)
{
    if (endpoint == no_index || program.endpoints[endpoint].kind != kind)
        return {};
    return names_of(program,
                    users_of(program, program.endpoints[endpoint].peer));
}

} // namespace

std::string name_of(Program const& program, ProgramPart part)
{
    if (!part.is_helper)
        return program.commands[part.index].stage->command();
    return std::string(label_of(program.helpers[part.index]));
}

std::vector<ProgramPart> parts_in_order(Program const& program)
{
    std::vector<ProgramPart> all;
    add_parts(all, program, program.root);
    return all;
}

std::vector<ProgramPipe> pipes_of(Program const& program)
{
    std::vector<ProgramPipe> all;
    for (std::size_t i = 0; i < program.endpoints.size(); ++i) {
        auto const& end = program.endpoints[i];
        ProgramPipe pipe{.endpoint = i};
        if (end.kind == Kind::pipe_write || is_written(end))
            pipe.writers = users_of(program, i);
        if (end.kind == Kind::pipe_write)
            pipe.readers = users_of(program, end.peer);
        else if (is_read(end))
            pipe.readers = users_of(program, i);
        if (pipe.writers.empty() && pipe.readers.empty())
            continue;
        pipe.from =
            is_read(end) ? our_end(end) : names_of(program, pipe.writers);
        if (is_stderr(program, end))
            pipe.from += ", stderr";
        pipe.to =
            is_written(end) ? our_end(end) : names_of(program, pipe.readers);
        all.push_back(std::move(pipe));
    }
    return all;
}

Neighbours neighbours_of(Program const& program, std::size_t helper)
{
    auto const& part = program.helpers[helper];
    return {users_at(program, part.in, Kind::pipe_read),
            users_at(program, part.out, Kind::pipe_write)};
}

} // namespace runnel::inline v0
