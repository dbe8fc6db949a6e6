// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/own_stream.hpp"

#include "sys/clock.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

namespace runnel::inline v0 {

namespace {

/// True if a write to it cannot block.
bool may_write(NoWaitFd const& to)
{
    return to.never_blocks() ? bool(to)
                             : sys::is_ready(to.fd(), sys::Interest::write);
}

} // namespace

void OwnStream::show(std::string_view bytes)
{
    if (is_behind())
        go_on();
    if (!is_behind())
        bytes = written_off(bytes);
    if (!bytes.empty())
        rest_.append(bytes);
}

void OwnStream::go_on()
{
    ready = false;
    rest_.drop_front(rest_.size() - written_off(rest_.view()).size());
    if (!is_behind())
        rest_.shrink();
}

void OwnStream::close() noexcept
{
    to_.close();
    rest_.clear();
    rest_.shrink();
}

/// What is left of `bytes`. Nothing is left if the stream takes no more at all.
std::string_view OwnStream::written_off(std::string_view bytes)
{
    sys::SigpipeGuard guard;
    while (!bytes.empty() && may_write(to_)) {
        auto const count = to_.write(to_.whole_lines(bytes), guard);
        if (count)
            bytes.remove_prefix(count.value);
        else if (sys::would_block(count.error))
            return bytes;
        else
            to_.close();
    }
    return to_ ? bytes : std::string_view();
}

} // namespace runnel::inline v0
