// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_streams.hpp"

#include "child/child_streams.hpp"
#include "io/stream_access.hpp"
#include "sys/fd.hpp"

#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

void JobStreams::note(Program const& program)
{
    for (auto const& endpoint : program.endpoints) {
        has_terminal_ |= endpoint.is_terminal();
        if (endpoint.kind != Endpoint::Kind::in_hand)
            continue;
        if (endpoint.is_terminal())
            pty_ = endpoint.pty;
        if (endpoint.is_keyboard()) {
            pty_ = program.endpoints[endpoint.peer].pty;
            has_keyboard_ = true;
        }
    }
}

// If no stream leads to the terminal: it is captured, closed, or that of a fake.
void JobStreams::resize(int rows, int columns)
{
    if (resize_terminal({in.fd(), out.fd(), err.fd()}, rows, columns))
        return;
    if (!has_terminal_)
        throw std::logic_error("the job has no terminal to resize");
    if (running_ != nullptr)
        running_->resize(rows, columns);
}

void JobStreams::open(Running& running, std::optional<TextMode> const& text,
                      detail::StreamUpkeep& upkeep)
{
    running_ = &running;
    detail::StreamAccess::keep_up(out, upkeep);
    detail::StreamAccess::keep_up(err, upkeep);
    auto const take = [&](auto& stream, int number, char const* name,
                          int bufsize) {
        auto last = running.last_byte(number);
        sys::Fd fd(running.take_stream(number));
        if (fd && last && number > 0)
            last->read_at(fd.get());
        detail::StreamAccess::watch(stream, std::move(last));
        if (fd)
            detail::StreamAccess::open(stream, std::move(fd), bufsize, name,
                                       text);
    };
    take(out, 1, "stdout", -1);
    take(err, 2, "stderr", -1);
    bool const is_conversation =
        out.is_open() || err.is_open() || has_keyboard_;
    take(in, 0, "stdin",
         detail::input_bufsize(-1, text.has_value(), is_conversation));
    if (has_keyboard_)
        detail::StreamAccess::put_on_terminal(in, *pty_);
}

void JobStreams::close() noexcept
{
    try {
        detail::StreamAccess::close_what_fits(in);
    } catch (...) { // the pipe has no reader
    }
    out.close();
    err.close();
}

} // namespace runnel::inline v0
