// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What must go on while a caller waits for a stream.
#pragma once

#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <span>

namespace runnel::inline v0::detail {

/// What the bytes of a stream depend on: the job that it belongs to.
class StreamUpkeep {
public:
    /// Waits until one of `items` is ready or `until` has passed; may return
    /// early. Meanwhile bytes are moved, limits enforced and so on. Returns false
    /// if nothing is ready, and nothing will be written to the stream any more.
    virtual bool wait(std::span<sys::PollItem> items, sys::Deadline until) = 0;

    /// The stream has ended. If only because the job was ended early, throws the
    /// reason.
    virtual void throw_if_ended_early() = 0;

    StreamUpkeep(StreamUpkeep const&) = delete;
    StreamUpkeep& operator=(StreamUpkeep const&) = delete;

protected:
    StreamUpkeep() = default;
    ~StreamUpkeep() = default;
};

} // namespace runnel::inline v0::detail
