// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/opener.hpp"

#include "base/observe.hpp"
#include "job/run_parts.hpp"
#include "sys/pipe.hpp"
#include "sys/terminal.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;

/// For pipes between children: large enough that both can work at once, small
/// enough for many pipes (bench/README.md, pipelines).
constexpr std::size_t part_pipe_size = std::size_t{256} * 1024;

} // namespace

Opener::Opener(RunParts& parts)
    : parts_(parts), wiring_(parts.program.endpoints)
{
}

void Opener::open_hands()
{
    for (std::size_t i = 0; i < parts_.program.endpoints.size(); ++i)
        if (parts_.program.endpoints[i].kind == Kind::in_hand
            || parts_.program.endpoints[i].is_terminal())
            open_wire(i);
}

int Opener::take_stream(int stream) noexcept
{
    for (std::size_t i = 0; i < parts_.program.endpoints.size(); ++i) {
        auto const& endpoint = parts_.program.endpoints[i];
        if (endpoint.kind == Kind::in_hand && endpoint.fd == stream)
            return wiring_.take_our_end(i).release();
    }
    return -1;
}

void Opener::need(std::size_t endpoint)
{
    if (auto const failure = wiring_.need(endpoint))
        fail(parts_.program.endpoints[endpoint], *failure);
}

// A capture that only this process writes to needs no pipe. A terminal is open
// from the beginning.
void Opener::open(std::size_t endpoint)
{
    auto const& wanted = parts_.program.endpoints[endpoint];
    if (wanted.is_terminal())
        return;
    if (wanted.kind == Kind::captured && wanted.commands == 0)
        parts_.captures.open(wanted.peer, {});
    else
        open_wire(endpoint);
}

void Opener::open_wire(std::size_t endpoint)
{
    auto failure = wiring_.open(endpoint);
    if (failure && failure->error == std::errc::too_many_files_open) {
        parts_.stages.shed();
        failure = wiring_.open(endpoint);
    }
    auto const& opened = parts_.program.endpoints[endpoint];
    if (!failure && opened.is_terminal() && opened.kind == Kind::captured)
        if (auto const error = terminals_.add(wiring_.our_end(endpoint)))
            failure = WiringFailure{SpawnStep::terminal, error, {}};
    if (failure)
        fail(opened, *failure);
    place_our_end(endpoint);
}

void Opener::place_our_end(std::size_t endpoint)
{
    auto const& opened = parts_.program.endpoints[endpoint];
    if (opened.is_keyboard())
        return place_keyboard(endpoint);
    auto* const last = parts_.idle.pipe(endpoint).get();
    switch (opened.kind) {
    case Kind::captured:
        parts_.captures.open(opened.peer, wiring_.take_our_end(endpoint));
        return parts_.captures.drain(opened.peer)->watch_bytes(last);
    case Kind::memory_file:
        return parts_.captures.open_file(opened.peer,
                                         wiring_.take_our_end(endpoint));
    case Kind::text:
        parts_.pump.feed(wiring_.take_our_end(endpoint), opened.reveal_text())
            .last = last;
        return;
    case Kind::input:
        parts_.pump.feed(wiring_.take_our_end(endpoint), input_).last = last;
        return;
    case Kind::pipe_write: return enlarge_pipe(endpoint);
    default: return;
    }
}

// A size that the caller has chosen stays.
void Opener::enlarge_pipe(std::size_t write)
{
    detail::PipeAllowance share;
    if (wiring_.pipe_size(write) > 0
        || !share.grow_new(wiring_.fd(write), part_pipe_size))
        return;
    auto const& program = parts_.program;
    auto const read = program.endpoints[write].peer;
    auto users = static_cast<std::size_t>(program.endpoints[write].commands)
               + static_cast<std::size_t>(program.endpoints[read].commands);
    for (auto const& helper : program.helpers)
        helper.for_each_endpoint([&](std::size_t endpoint) {
            users += endpoint == write || endpoint == read ? 1 : 0;
        });
    pipes_.push_back({write, read, users, std::move(share)});
}

void Opener::command_ended(std::size_t command) noexcept
{
    for (auto const& connection : parts_.program.commands[command].connections)
        leave(connection.endpoint);
}

void Opener::helper_ended(std::size_t helper) noexcept
{
    parts_.program.helpers[helper].for_each_endpoint(
        [this](std::size_t endpoint) { leave(endpoint); });
}

void Opener::leave(std::size_t endpoint) noexcept
{
    std::erase_if(pipes_, [&](PartPipe& pipe) {
        return (pipe.write == endpoint || pipe.read == endpoint)
            && --pipe.users == 0;
    });
}

void Opener::give_up(ProgramUnit const& unit) noexcept
{
    using Step = ProgramUnit::Step;
    for (auto const& step : unit.steps)
        if (step.kind == Step::Kind::open)
            std::erase_if(pipes_, [&](PartPipe const& pipe) {
                return pipe.write == step.index || pipe.read == step.index;
            });
}

void Opener::place_keyboard(std::size_t endpoint)
{
    auto const& keyboard = parts_.program.endpoints[endpoint];
    if (keyboard.kind == Kind::in_hand)
        return;
    auto const bytes = keyboard.kind == Kind::text
                         ? std::string_view(keyboard.reveal_text())
                         : input_;
    auto fd = wiring_.take_our_end(endpoint);
    auto const end =
        parts_.program.endpoints[keyboard.peer].pty->raw
            ? std::string()
            : sys::keys_of_end(fd.get(), bytes.empty() ? '\n' : bytes.back());
    parts_.pump.type(std::move(fd), bytes, end).last =
        parts_.idle.pipe(endpoint).get();
}

// An in-process stage has no number of its own: errors give that of a command
// beside it.
void Opener::fail(Endpoint const& endpoint, WiringFailure const& failure) const
{
    auto const stages =
        std::max<std::size_t>(parts_.program.commands.size(), 1);
    auto const stage = std::min(endpoint.stage, stages - 1);
    std::vector<std::string> args{endpoint.label.empty() ? "C++"
                                                         : endpoint.label};
    std::string executable;
    std::string script;
    if (endpoint.label.empty() && !parts_.program.commands.empty()) {
        auto const& planned = *parts_.program.commands[stage].stage;
        args = planned.argv();
        if (planned.options.shell)
            script = planned.args.front().str();
        else
            executable = planned.options.executable.str();
    }
    SpawnError const refusal(failure.error, {.program = args.front(),
                                             .step = failure.step,
                                             .subject = failure.subject,
                                             .hint = {},
                                             .stage = stage + 1,
                                             .stages = stages,
                                             .script = script});
    if (auto* const observer = parts_.events.observer())
        tell(*observer, &Observer::refused,
             {{args, executable, stage + 1, stages, parts_.events.run()},
              failure.step,
              failure.error,
              refusal.what()});
    throw refusal;
}

} // namespace runnel::inline v0
