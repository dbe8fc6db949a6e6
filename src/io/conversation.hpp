// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Reading a stream until something is in it, or until some time has passed.
#pragma once

#include "io/leftover.hpp"
#include "io/no_wait_fd.hpp"
#include "sys/clock.hpp"

#include <runnel/output.hpp>
#include <runnel/stop.hpp>
#include <runnel/stream.hpp>
#include <runnel/timeout.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0::detail {

/// One call that reads a stream within a time limit. It only adds to the
/// stream's buffer, so no exception loses a byte.
class Conversation {
public:
    /// The time runs from now on. `stream` and `stop` must outlive this object.
    /// Throws `std::logic_error` if the stream is not open.
    Conversation(ReadStream& stream, Timeout timeout, StopToken const& stop);

    /// What was read and not given to the caller yet.
    std::string_view seen() const noexcept { return stream_.buffer_.view(); }

    /// Waits for bytes and reads once. Throws if there will be none: see
    /// `ReadStream::read_until`. `wanted()`: what is waited for, for the message.
    template <class Wanted>
    void need_more(Wanted wanted)
    {
        auto const got = read_once(room_);
        if (got == Got::late)
            throw_late(wanted());
        if (got == Got::end)
            throw_ended(wanted());
    }

    enum class Got : unsigned char {
        more, ///< something was read
        end, ///< the stream is at end of file
        late, ///< the time is over
    };

    /// Reads until the end of the stream or of the time. If bytes are invalid in
    /// text mode, it first stops behind the text in front of them.
    Got read_all();

private:
    enum class Ready : unsigned char { yes, no, never };

    Got read_once(std::size_t room);
    std::optional<Got> take(std::size_t room);
    Ready wait();
    void look_for_requests() const;
    bool is_text_over() const noexcept;
    [[noreturn]] void throw_late(std::string const& wanted) const;
    [[noreturn]] void throw_ended(std::string wanted) const;
    std::string name() const { return std::string(stream_.name_); }
    Output tail() const;

    ReadStream& stream_;
    /// How much to read at once. A stream without a buffer must not read more
    /// than what is looked for.
    std::size_t const room_;
    Timeout const timeout_;
    sys::Deadline const deadline_;
    StopToken const& stop_;
    NoWaitFd fd_; ///< the stream's descriptor, once it is needed
    Leftover leftover_;
};

} // namespace runnel::inline v0::detail
