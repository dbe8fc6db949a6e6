// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/program_draft.hpp"

#include "child/check_stdio.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;
using Use = Endpoint::Use;
using OfStage = std::pair<std::size_t, std::size_t>;

/// In the order of the stages; for one stage, in that of the calls.
void add_sorted(std::vector<OfStage>& all, OfStage const& added)
{
    all.insert(std::ranges::upper_bound(all, added.first, {}, &OfStage::first),
               added);
}

} // namespace

// --- endpoints -----------------------------------------------------------------

std::size_t ProgramDraft::add(Endpoint endpoint)
{
    if (endpoint.stage == no_index)
        endpoint.stage = next_command();
    program.endpoints.push_back(std::move(endpoint));
    return program.endpoints.size() - 1;
}

std::size_t ProgramDraft::add_capture(ProgramCapture kept)
{
    program.captures.push_back(kept);
    return program.captures.size() - 1;
}

std::size_t ProgramDraft::capture_endpoint(std::size_t kept)
{
    return add({.kind = Kind::captured, .use = Use::write, .peer = kept});
}

std::size_t ProgramDraft::in_hand(int fd)
{
    if (std::exchange(hands_[static_cast<std::size_t>(fd)], true))
        throw std::invalid_argument("two commands want Stdio::pipe for "
                                    + stream_name(fd)
                                    + ": a Job has one end for each stream");
    return add({.kind = Kind::in_hand,
                .use = fd == 0 ? Use::read : Use::write,
                .fd = fd});
}

std::size_t ProgramDraft::descriptor(int fd, std::size_t unit)
{
    auto const index = add({.kind = Kind::descriptor, .fd = fd});
    step(unit, Step::Kind::need, index);
    return index;
}

ProgramDraft::PipeEnds ProgramDraft::pipe(std::size_t unit)
{
    auto const read_end = add({.kind = Kind::pipe_read});
    auto const write_end =
        add({.kind = Kind::pipe_write, .use = Use::write, .peer = read_end});
    program.endpoints[read_end].peer = write_end;
    step(unit, Step::Kind::open, write_end);
    return {read_end, write_end};
}

std::size_t ProgramDraft::open(Endpoint endpoint, std::size_t unit)
{
    auto const index = add(std::move(endpoint));
    step(unit, Step::Kind::open, index);
    return index;
}

bool ProgramDraft::is_pipe_end(std::size_t endpoint) const
{
    auto const kind = program.endpoints[endpoint].kind;
    return kind == Kind::pipe_read || kind == Kind::pipe_write;
}

// --- units -----------------------------------------------------------------------

std::size_t ProgramDraft::begin_unit()
{
    auto& unit = program.units.emplace_back();
    unit.first_command = next_command();
    unit.steps.reserve(4); // one allocation: most units have no more
    counts_.emplace_back();
    return program.units.size() - 1;
}

void ProgramDraft::end_unit(std::size_t unit)
{
    auto& made = program.units[unit];
    made.commands = next_command() - made.first_command;
}

void ProgramDraft::insert(std::size_t unit, std::size_t position, Step step)
{
    auto& steps = program.units[unit].steps;
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(position), step);
}

void ProgramDraft::step(std::size_t unit, Step::Kind kind, std::size_t index)
{
    if (kind == Step::Kind::need)
        insert(unit, counts_[unit].needs++, {kind, index});
    else
        program.units[unit].steps.push_back({kind, index});
}

std::size_t ProgramDraft::file(std::size_t unit, Endpoint endpoint)
{
    auto const index = add(std::move(endpoint));
    auto& [needs, files] = counts_[unit];
    insert(unit, needs + files++, {Step::Kind::open, index});
    return index;
}

// --- parts -----------------------------------------------------------------------

std::size_t ProgramDraft::add_group(ProgramGroup::Kind kind, ProgramPlace place,
                                    std::size_t parts)
{
    auto& group = program.groups.emplace_back();
    group.kind = kind;
    group.place = place;
    group.parts.resize(parts);
    return program.groups.size() - 1;
}

void ProgramDraft::set_part(std::size_t group, std::size_t index, Part made)
{
    auto& part = program.groups[group].parts[index];
    part.kind = made.kind;
    part.index = made.index;
}

bool ProgramDraft::is_tee(Part made) const
{
    if (made.kind == Part::Kind::group)
        return program.groups[made.index].kind == ProgramGroup::Kind::tee;
    return made.kind == Part::Kind::helper
        && program.helpers[made.index].code == nullptr
        && !program.helpers[made.index].is_join();
}

ProgramDraft::Part ProgramDraft::add_command(ProgramCommand command,
                                             std::size_t unit, bool is_main)
{
    auto const index = next_command();
    for (auto const& connection : command.connections)
        connect(command, connection, is_main);
    for (int const fd : command.stage->options.pass_fds)
        descriptor(fd, unit);
    program.has_limits |= !command.stage->timeout.is_forever()
                       || !command.stage->idle_timeout.is_forever();
    program.commands.push_back(std::move(command));
    step(unit, Step::Kind::command, index);
    return {.kind = Part::Kind::command, .index = index};
}

void ProgramDraft::connect(ProgramCommand& command,
                           Connection const& connection, bool is_main)
{
    auto& endpoint = program.endpoints[connection.endpoint];
    ++endpoint.commands;
    command.feeds_reader |= endpoint.feeds_reader();
    if (int const size = command.stage->options.pipesize; size > 0)
        endpoint.pipe_size = size;
    if (endpoint.kind != Kind::captured)
        return;
    auto& kept = program.captures[endpoint.peer];
    if (kept.stream != connection.number || kept.stream > 2)
        return;
    kept.stage = next_command();
    (kept.stream == 1 ? command.out : command.err) = endpoint.peer;
    bool const is_whole = std::ranges::find(whole(kept.stream), endpoint.peer)
                       != whole(kept.stream).end();
    if (is_main && kept.target == nullptr && !is_whole)
        add_sorted(of_stages_[static_cast<std::size_t>(kept.stream) - 1],
                   {kept.stage, endpoint.peer});
}

ProgramDraft::Part ProgramDraft::add_helper(ProgramHelper helper,
                                            std::size_t unit)
{
    helper.for_each_endpoint(
        [this](std::size_t end) { ++program.endpoints[end].others; });
    program.has_code |= helper.code != nullptr;
    program.helpers.push_back(std::move(helper));
    auto const index = program.helpers.size() - 1;
    step(unit, Step::Kind::helper, index);
    return {.kind = Part::Kind::helper, .index = index};
}

void ProgramDraft::hold(std::size_t group, std::vector<std::size_t> endpoints)
{
    for (auto const endpoint : endpoints)
        ++program.endpoints[endpoint].others;
    program.groups[group].held = std::move(endpoints);
}

// --- captures ----------------------------------------------------------------------

void ProgramDraft::keep_for(std::size_t stage, int stream, std::size_t kept,
                            bool is_main)
{
    auto& command = program.commands[stage];
    auto& place = stream == 1 ? command.out : command.err;
    if (place != no_index)
        return;
    place = kept;
    if (is_main)
        add_sorted(of_stages_[static_cast<std::size_t>(stream) - 1],
                   {stage, kept});
}

// The last part stands for all of a group. What runs in this process has no stderr:
// the command in front of it may have written that. The joins of parts that run
// together are no writers either.
std::size_t ProgramDraft::writer_of(Part part, int stream) const
{
    using In = ProgramGroup::Kind;
    if (part.kind == Part::Kind::command)
        return part.index;
    if (part.kind == Part::Kind::helper)
        return no_index;
    auto const& group = program.groups[part.index];
    if (group.kind == In::command || group.kind == In::tee
        || std::ranges::find(first_writes, part.index) != first_writes.end())
        return writer_of(group.parts.front(), stream);
    bool const looks_back = stream == 2 || group.kind == In::together;
    auto writer = writer_of(group.parts.back(), stream);
    for (auto i = group.parts.size() - 1;
         looks_back && writer == no_index && i-- > 0;)
        writer = writer_of(group.parts[i], stream);
    return writer;
}

void ProgramDraft::keep_for_whole(int stream, std::size_t kept)
{
    whole(stream).push_back(kept);
}

// If the whole has no capture, the rightmost command that has one stands for
// it: the last opened capture in the list is taken.
void ProgramDraft::settle_whole()
{
    for (int const stream : {1, 2}) {
        auto& of_whole = whole(stream);
        auto const kept = std::views::values(
            of_stages_[static_cast<std::size_t>(stream) - 1]);
        of_whole.insert(of_whole.begin(), kept.begin(), kept.end());
    }
}

// --- captures that are shown ---------------------------------------------------------

namespace {

/// Lets the first unit fail if this process has no descriptor `fd`.
void need_at_first(Program& program, int fd)
{
    auto& steps = program.units.front().steps;
    steps.insert(steps.begin(),
                 {ProgramUnit::Step::Kind::need, program.endpoints.size()});
    program.endpoints.push_back(
        {.kind = Kind::descriptor, .fd = fd, .stage = 0});
}

} // namespace

// A copy that a tee keeps is not shown: the stream itself goes on, and is shown
// where it ends.
void show_captures(Program& program)
{
    for (auto& kept : program.captures)
        if (kept.stream == 1 || kept.stream == 2)
            kept.shown_on = kept.stream;
    for (auto const& helper : program.helpers)
        for (auto const copy : helper.copies)
            if (program.endpoints[copy].kind == Kind::captured)
                program.captures[program.endpoints[copy].peer].shown_on = -1;
    for (int const fd : {2, 1})
        if (std::ranges::find(program.captures, fd, &ProgramCapture::shown_on)
            != program.captures.end())
            need_at_first(program, fd);
}

void put_into_memory_files(Program& program)
{
    for (auto& endpoint : program.endpoints)
        if (endpoint.kind == Kind::captured && endpoint.commands > 0
            && !endpoint.is_terminal()
            && !program.captures[endpoint.peer].is_tapped)
            endpoint.kind = Kind::memory_file;
}

// --- the order of captures -----------------------------------------------------------

namespace {

/// The new index of each capture.
std::vector<std::size_t> places_of(std::vector<std::size_t> const& written,
                                   std::size_t count)
{
    std::vector<std::size_t> places(count, no_index);
    std::size_t next = 0;
    for (auto const kept : written)
        places[kept] = next++;
    for (auto& place : places)
        if (place == no_index)
            place = next++;
    return places;
}

void move_captures(Program& program, std::vector<std::size_t> const& places)
{
    auto const old = program.captures;
    for (std::size_t kept = 0; kept < old.size(); ++kept)
        program.captures[places[kept]] = old[kept];
    auto const move = [&](std::size_t& kept) {
        if (kept != no_index)
            kept = places[kept];
    };
    for (auto& endpoint : program.endpoints)
        if (endpoint.kind == Kind::captured)
            move(endpoint.peer);
    for (auto& command : program.commands) {
        move(command.out);
        move(command.err);
    }
    std::ranges::for_each(program.out, move);
    std::ranges::for_each(program.err, move);
}

} // namespace

void order_captures(Program& program, std::vector<std::size_t> const& written)
{
    std::size_t next = 0;
    auto const stays = [&](std::size_t kept) { return kept == next++; };
    if (!std::ranges::all_of(written, stays))
        move_captures(program, places_of(written, program.captures.size()));
}

} // namespace runnel::inline v0
