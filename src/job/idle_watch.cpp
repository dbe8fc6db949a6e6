// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/idle_watch.hpp"

#include "text/visible.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;

bool has_limit(Program const& program, Timeout whole)
{
    return !whole.is_forever()
        || std::ranges::any_of(program.commands, [](auto const& command) {
               return !command.stage->idle_timeout.is_forever();
           });
}

void check_limit(Timeout limit)
{
    if (limit.is_point() || limit.limit() == std::chrono::nanoseconds(0))
        throw std::invalid_argument(
            "an idle timeout is a duration above 0, and no point in time");
}

/// True if bytes of the endpoint move through memory of this process.
bool is_moved_here(Endpoint const& endpoint)
{
    switch (endpoint.kind) {
    case Kind::captured: return endpoint.commands > 0;
    case Kind::in_hand:
    case Kind::text:
    case Kind::input: return true;
    default: return false;
    }
}

std::size_t other_end(Program const& program, std::size_t endpoint)
{
    auto const& one = program.endpoints[endpoint];
    bool const is_pipe =
        one.kind == Kind::pipe_read || one.kind == Kind::pipe_write;
    return is_pipe ? one.peer : endpoint;
}

} // namespace

IdleWatch::IdleWatch(Program const& program, Timeout whole, bool counts)
{
    if (!counts && !has_limit(program, whole))
        return;
    check_limit(whole);
    limits_ = std::make_unique<Limits>();
    make_pipes(program);
    limits_->whole.limit = whole;
    for (auto const& command : program.commands) {
        check_limit(command.stage->idle_timeout);
        auto& watched = limits_->commands.emplace_back();
        watched.limit = command.stage->idle_timeout;
        for (auto const& [number, endpoint] : command.connections) {
            add(watched, endpoint);
            add(watched, program.endpoints[endpoint].keyboard);
        }
        if (!watched.limit.is_forever() && watched.pipes.empty())
            refuse_argument('"' + command.stage->command()
                            + "\" has an idle timeout, but none of its streams "
                              "passes through this process: capture one, or "
                              "write | tee(capture) behind the command");
    }
    for (std::size_t i = 0; i < limits_->pipes.size(); ++i)
        add(limits_->whole, i);
    if (!whole.is_forever() && limits_->whole.pipes.empty())
        throw std::invalid_argument(
            "an idle timeout needs a stream that passes through this process: "
            "capture one");
}

// Each pipe of a tee, a join or of C++ code, and those that this process itself reads or
// feeds. Both ends of a pipe have the same entry.
void IdleWatch::make_pipes(Program const& program)
{
    auto& pipes = limits_->pipes;
    pipes.resize(program.endpoints.size());
    auto const make = [&](std::size_t endpoint) {
        if (endpoint == no_index)
            return;
        auto& pipe = pipes[other_end(program, endpoint)];
        if (!pipe)
            pipe = std::make_shared<detail::LastByte>();
        pipes[endpoint] = pipe;
    };
    auto const is_pipe = [&](std::size_t endpoint) {
        return other_end(program, endpoint) != endpoint;
    };
    for (std::size_t i = 0; i < program.endpoints.size(); ++i)
        if (is_moved_here(program.endpoints[i]))
            make(i);
    for (auto const& helper : program.helpers)
        helper.for_each_endpoint([&](std::size_t end) {
            if (is_pipe(end))
                make(end);
        });
}

void IdleWatch::add(Watched& watched, std::size_t endpoint) const
{
    auto* const pipe = this->pipe(endpoint).get();
    if (pipe != nullptr
        && std::ranges::find(watched.pipes, pipe) == watched.pipes.end())
        watched.pipes.push_back(pipe);
}

// --- silence -----------------------------------------------------------------------

void IdleWatch::begin(std::size_t command) noexcept
{
    if (is_on())
        limits_->commands[command].begun = sys::Clock::now();
}

void IdleWatch::begin_whole() noexcept
{
    if (is_on())
        limits_->whole.begun = sys::Clock::now();
}

sys::Deadline IdleWatch::due(std::size_t command) const noexcept
{
    return is_on() ? limits_->commands[command].due() : sys::never;
}

sys::Deadline IdleWatch::due_whole() const noexcept
{
    return is_on() ? limits_->whole.due() : sys::never;
}

bool IdleWatch::is_silent(std::size_t command,
                          sys::Clock::time_point now) noexcept
{
    return is_on() && limits_->commands[command].is_silent(now);
}

bool IdleWatch::is_whole_silent(sys::Clock::time_point now) noexcept
{
    return is_on() && limits_->whole.is_silent(now);
}

std::optional<sys::Clock::time_point>
IdleWatch::last_byte(std::size_t command) const noexcept
{
    if (!is_on() || limits_->commands[command].pipes.empty())
        return {};
    return limits_->commands[command].last();
}

sys::Clock::time_point IdleWatch::last_byte() const noexcept
{
    return limits_->whole.last();
}

sys::Clock::time_point IdleWatch::Watched::last() const noexcept
{
    auto latest = begun;
    for (auto const* pipe : pipes)
        latest = std::max(latest, pipe->at());
    return latest;
}

sys::Deadline IdleWatch::Watched::due() const noexcept
{
    return limit.is_forever() ? sys::never : limit.deadline(last());
}

// A slow reader must not make its writer look silent.
bool IdleWatch::Watched::is_silent(sys::Clock::time_point now) noexcept
{
    if (now < due())
        return false;
    bool const is_unread = std::ranges::any_of(
        pipes, [](auto const* pipe) { return pipe->holds_bytes(); });
    if (is_unread)
        begun = now;
    return !is_unread;
}

} // namespace runnel::inline v0
