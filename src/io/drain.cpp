// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/drain.hpp"

#include "io/own_stream.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/pipe.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <string>
#include <system_error>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t first_room = 4096;

} // namespace

void Drain::close() noexcept
{
    detail::note_bytes(last, 0);
    if (number != nullptr)
        *number = -1;
    fd.reset();
    growth.end();
}

bool Drain::is_held() const noexcept
{
    return shown != nullptr && shown->is_behind();
}

// --- from the pipe -------------------------------------------------------------

bool Drain::read_once(sys::Way how)
{
    auto const most = growth.at_once();
    auto const tail = bytes.tail(room_for(most));
    auto const room = std::min(tail.size(), most);
    auto count = sys::read_some(fd.get(), tail.data(), room, how);
    if (how == sys::Way::per_call && sys::is_unsupported(count.error)) {
        way = sys::Way::when_ready;
        count = sys::read_some(fd.get(), tail.data(), room, way);
    }
    if (!count && sys::would_block(count.error))
        return false;
    if (!count) {
        close();
        throw SystemError(count.error, "cannot read a pipe");
    }
    bytes.commit(count.value);
    detail::note_bytes(last, count.value);
    was_full = count.value == room;
    took(count.value);
    growth.saw(fd.get(), count.value, room);
    if (count.value == 0) {
        close();
        bytes.shrink();
    }
    return true;
}

// Most output is short. It gets a small buffer, and the read that finds end of
// file uses the room that is left there.
std::size_t Drain::room_for(std::size_t most) const noexcept
{
    if (seen == 0)
        return first_room;
    return was_full ? most : first_room / 4;
}

// No pipe holds more than `sys::large_pipe`, so bytes beyond that were written after
// this call began. The result of the last poll no longer holds.
void Drain::take_waiting()
{
    for (auto const most = seen + sys::large_pipe;
         fd && seen < most && sys::is_ready(fd.get());)
        read_ready();
    ready = false;
}

// --- from this process ---------------------------------------------------------

void Drain::append(std::string_view more)
{
    take_waiting();
    bytes.append(more);
    took(more.size());
}

// --- on a stream of this process -----------------------------------------------

// The limit is for what is kept, so the bytes are shown first.
void Drain::took(std::size_t count)
{
    if (shown != nullptr)
        shown->show(bytes.view().substr(bytes.size() - count));
    saw(count);
}

// --- within its limit ----------------------------------------------------------

void Drain::saw(std::size_t count)
{
    seen += count;
    if (spilled || bytes.size() > limit.bytes)
        stay_within_limit();
}

// The limit applies to the bytes that are kept; one read may exceed it for a
// moment.
void Drain::stay_within_limit()
{
    overflowed = true;
    switch (limit.excess) {
    case CaptureLimit::fail:
    case CaptureLimit::keep_head:
        bytes.drop_back(bytes.size() - limit.bytes);
        break;
    case CaptureLimit::keep_tail:
        bytes.drop_front(bytes.size() - limit.bytes);
        break;
    case CaptureLimit::spill: spill(); break;
    }
}

void Drain::spill()
{
    auto const& directory = limit.directory.str();
    auto const fail = [&](std::error_code error) {
        throw SystemError(error,
                          "cannot spill a capture to \"" + directory + '"');
    };
    if (!spilled) {
        auto file = sys::open_unnamed_file(directory);
        if (!file)
            fail(file.error);
        spilled = std::move(file.value);
    }
    if (auto const error = sys::write_all(spilled.get(), bytes.view()))
        fail(error);
    bytes.clear();
}

} // namespace runnel::inline v0
