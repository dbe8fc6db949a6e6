// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/role_state.hpp"

#include "base/cancel.hpp"
#include "sys/clock.hpp"
#include "sys/names.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <runnel/error.hpp>
#include <runnel/words.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

namespace {

/// Waits until `item` is ready, or this thread shall end.
void poll_for(sys::PollItem item, sys::Deadline until)
{
    sys::PollItem items[] = {item, {CancelScope::fd()}};
    if (auto const ready = sys::poll(items, until); !ready)
        throw SystemError(ready.error, "cannot wait for a stream");
    CancelScope::check();
}

} // namespace

RoleState::RoleState(std::shared_ptr<PlannedStage const> stage, int pid,
                     std::span<sys::FdMove const> moves)
    : stage_(std::move(stage)), pid_(pid)
{
    for (auto const& move : moves)
        copy(move);
    for (int const inherited : {0, 1, 2})
        if (!is_connected(inherited) && sys::is_open(inherited))
            streams_.push_back({inherited, inherited, nullptr});
}

void RoleState::copy(sys::FdMove move)
{
    auto fd = sys::copy_of(move.source);
    if (!fd)
        throw SystemError(fd.error, "cannot copy a descriptor");
    auto const number = fd.value.get();
    streams_.push_back({move.target, number,
                        std::make_shared<sys::Fd const>(std::move(fd.value))});
}

bool RoleState::is_connected(int fd) const noexcept
{
    return std::ranges::any_of(streams_, [fd](Stream const& stream) {
        return stream.number == fd && stream.owned;
    });
}

RoleState::Stream& RoleState::need(int fd)
{
    auto const found = std::ranges::find(streams_, fd, &Stream::number);
    if (found == streams_.end())
        throw std::logic_error("descriptor " + std::to_string(fd) + " of "
                               + stage_->command()
                               + " is not open: the expression does not "
                                 "connect it, or it was closed");
    return *found;
}

std::size_t RoleState::read(int fd, std::span<char> into)
{
    auto& stream = need(fd);
    if (!stream.in)
        stream.in = std::make_unique<InputSource>(stream.fd, had_more_);
    return stream.in->read(into);
}

LineRange RoleState::lines(LineOptions const& options)
{
    auto& stream = need(0);
    if (stream.in)
        throw std::logic_error("lines: stdin of " + stage_->command()
                               + " was read before");
    stream.in = std::make_unique<InputSource>(stream.fd, had_more_);
    lines_ =
        CodeInput(options, std::make_unique<InputSource>(stream.fd, had_more_));
    return lines_.range().lines;
}

void RoleState::write(int fd, std::string_view text)
{
    if (text.empty())
        return;
    auto& stream = need(fd);
    if (!stream.out)
        stream.out.emplace(stream.fd, stream.owned);
    sys::SigpipeGuard guard;
    while (!text.empty()) {
        CancelScope::check();
        auto const count = stream.out->write_what_fits(text, guard);
        if (count)
            text.remove_prefix(count.value);
        else if (sys::would_block(count.error))
            poll_for({stream.out->fd(), sys::Interest::write}, sys::never);
        else if (count.error == std::errc::broken_pipe)
            throw NoReader();
        else
            throw SystemError(count.error, "cannot write to descriptor "
                                               + std::to_string(fd) + " of "
                                               + stage_->command());
    }
}

void RoleState::close(int fd) noexcept
{
    if (fd == 0)
        lines_.close();
    streams_.remove_if(
        [fd](Stream const& stream) { return stream.number == fd; });
}

void RoleState::close_all() noexcept
{
    lines_.close();
    streams_.clear();
}

} // namespace detail

// --- Role --------------------------------------------------------------------------------

std::vector<std::string> Role::args() const
{
    return state_.stage().argv();
}

std::vector<std::string> Role::reveal_args() const
{
    return state_.stage().reveal_argv();
}

PlannedStage const& Role::command() const noexcept
{
    return state_.stage();
}

std::optional<std::string> Role::env(detail::TextView name) const
{
    auto const wanted = std::string(name.as("the name of a variable")) + '=';
    for (auto& variable :
         state_.stage().options.env.apply_to(sys::environment()))
        if (variable.starts_with(wanted))
            return variable.substr(wanted.size());
    return {};
}

int Role::pid() const noexcept
{
    return state_.pid();
}

bool Role::is_connected(int fd) const noexcept
{
    return state_.is_connected(fd);
}

std::string Role::read(int fd)
{
    std::string all;
    std::array<char, 65536> piece;
    while (auto const count = state_.read(fd, piece))
        all.append(piece.data(), count);
    return all;
}

std::size_t Role::read_some(std::span<char> into, int fd)
{
    return into.empty() ? 0 : state_.read(fd, into);
}

LineRange Role::lines(LineOptions const& options)
{
    return state_.lines(options);
}

void Role::write(int fd, detail::TextView text)
{
    state_.write(fd, text.as("what a stand-in writes"));
}

void Role::close(int fd) noexcept
{
    state_.close(fd);
}

void Role::pause(Timeout how_long)
{
    auto const until = sys::deadline_after(how_long);
    do
        detail::poll_for({-1}, until);
    while (sys::Clock::now() < until);
}

StandIn::~StandIn() = default;
Witness::~Witness() = default;

} // namespace runnel::inline v0
