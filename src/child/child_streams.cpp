// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/child_streams.hpp"

#include "child/popen_state.hpp"
#include "child/setting_values.hpp"
#include "io/stream_access.hpp"
#include "sys/terminal.hpp"
#include "text/check_text.hpp"
#include "text/text_codec.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;
using Use = Endpoint::Use;

} // namespace

int terminal_of(PopenOptions const& options)
{
    Stdio const* const streams[] = {&options.in, &options.out, &options.err};
    for (int fd = 0; options.pty && fd < 3; ++fd)
        if (streams[fd]->kind() == Stdio::inherit)
            return fd;
    return -1;
}

void check_terminal(PopenOptions const& options)
{
    if (!options.pty)
        return;
    refuse(terminal_of(options) < 0, "a terminal is asked for, but stdin, "
                                     "stdout and stderr all lead elsewhere");
    refuse(options.out.kind() == Stdio::pipe
               && options.err.kind() == Stdio::pipe,
           "a terminal is asked for, but stdout and stderr are pipes, so that "
           "nobody reads what the terminal shows");
}

bool resize_terminal(std::initializer_list<int> fds, int rows, int columns)
{
    check_terminal_size("resize", rows, columns);
    auto const* const fd = std::ranges::find_if(fds, sys::is_controller);
    if (fd == fds.end())
        return false;
    if (auto const error = sys::resize_terminal(*fd, rows, columns))
        throw SystemError(error, "cannot resize a terminal");
    return true;
}

// --- naming --------------------------------------------------------------------

ChildStreams::ChildStreams(PopenOptions const& options) : options_(options)
{
    if (options.pty)
        add_terminal();
    connect(options.in, 0);
    connect(options.out, 1);
    connect(options.err, 2);
    for (int const fd : options.pass_fds)
        endpoints_.push_back({.kind = Kind::descriptor, .fd = fd});
}

// Its endpoint is the first one, its keyboard the second.
void ChildStreams::add_terminal()
{
    bool const is_typed = options_.in.kind() != Stdio::pipe;
    endpoints_.push_back({.kind = Kind::in_hand,
                          .use = Use::write,
                          .fd = options_.out.kind() == Stdio::pipe ? 2 : 1,
                          .pty = options_.pty,
                          .keyboard = is_typed ? std::size_t(1) : no_index});
    if (is_typed)
        endpoints_.push_back({.kind = Kind::in_hand, .fd = 0, .peer = 0});
}

void ChildStreams::connect(Stdio const& wanted, int target)
{
    if (auto const endpoint = known(wanted))
        return connect_to(*endpoint, target);
    if (wanted.kind() == Stdio::inherit)
        return;
    endpoints_.push_back(endpoint_of(wanted, target));
    connect_to(endpoints_.size() - 1, target);
}

void ChildStreams::connect_to(std::size_t endpoint, int target)
{
    ++endpoints_[endpoint].commands;
    connections_.push_back({target, endpoint});
}

/// The endpoint that another stream leads to as well, or the terminal.
std::optional<std::size_t> ChildStreams::known(Stdio const& wanted) const
{
    if (wanted.kind() == Stdio::inherit && options_.pty)
        return 0;
    if (wanted.kind() != Stdio::out)
        return {};
    auto const at = std::ranges::find(connections_, 1, &Connection::number);
    return at != connections_.end() ? std::optional(at->endpoint)
                                    : std::nullopt;
}

Endpoint ChildStreams::endpoint_of(Stdio const& wanted, int target) const
{
    bool const appends = wanted.mode() == Stdio::Mode::append;
    Endpoint endpoint{.use = target == 0 ? Use::read
                           : appends     ? Use::append
                                         : Use::write,
                      .fd = target,
                      .pipe_size = options_.pipesize};
    switch (wanted.kind()) {
    case Stdio::pipe: endpoint.kind = Kind::in_hand; break;
    case Stdio::devnull: endpoint.kind = Kind::null_device; break;
    case Stdio::file:
        endpoint.kind = Kind::file;
        endpoint.path = wanted.path();
        break;
    case Stdio::descriptor: endpoint.fd = wanted.fd(); break;
    default: endpoint.fd = 1;
    }
    return endpoint;
}

// --- opening -------------------------------------------------------------------

std::optional<WiringFailure> ChildStreams::open()
{
    wiring_.emplace(endpoints_);
    for (std::size_t i = 0; i < endpoints_.size(); ++i)
        if (auto failure = wiring_->need(i))
            return failure;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        if (auto failure = wiring_->open(i))
            return failure;
        if (endpoints_[i].kind == Kind::in_hand)
            ours_[static_cast<std::size_t>(endpoints_[i].fd)] =
                wiring_->take_our_end(i);
    }
    for (auto const& [number, endpoint] : connections_)
        moves_.push_back({wiring_->fd(endpoint), number});
    return {};
}

void ChildStreams::give_to(detail::PopenState& child,
                           std::optional<TextMode> const& text)
{
    using Access = detail::StreamAccess;
    auto const open = [&](auto& stream, sys::Fd& fd, char const* name,
                          int bufsize) {
        if (fd)
            Access::open(stream, std::move(fd), bufsize, name, text);
    };
    int const bufsize = options_.bufsize;
    bool const is_conversation = ours_[1] || ours_[2];
    open(child.in, ours_[0], "stdin",
         detail::input_bufsize(bufsize, text.has_value(), is_conversation));
    if (options_.pty && options_.in.kind() != Stdio::pipe)
        Access::put_on_terminal(child.in, *options_.pty);
    open(child.out, ours_[1], "stdout", bufsize);
    open(child.err, ours_[2], "stderr", bufsize);
}

} // namespace runnel::inline v0
