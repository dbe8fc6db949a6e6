// Where bytes that are captured end up.
#pragma once

#include "io/pipe_allowance.hpp"
#include "sys/fd.hpp"
#include "sys/no_wait.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/limit.hpp>

#include <cstddef>
#include <string_view>

namespace runnel::inline v0 {

/// Bytes that are kept for the caller: those that come out of a pipe, those
/// that the loop puts there itself (`append`), or both in turn.
///
/// Used by the thread that runs the loop.
struct Drain {
    sys::Fd fd; ///< the read end of a pipe, if children write to it
    /// `per_call` if somebody else may read from the pipe as well.
    sys::Way way = sys::Way::plain;
    detail::Bytes bytes;
    CaptureLimit limit{};
    std::size_t seen = 0; ///< how many came, kept or not
    bool overflowed = false; ///< more came than `limit` lets be kept
    sys::Fd spilled; ///< where all bytes are, once there were too many
    bool was_full = false; ///< the last read filled its room
    int full_reads = 0; ///< in a row
    PipeAllowance large; ///< while its pipe is a large one
    bool ready = false; ///< as the last poll said

    void close() noexcept;

    /// One read of the pipe, which a poll has found ready; closes it at its
    /// end. Throws `std::system_error` if the read fails, or spilling does.
    void read_ready() { read_once(way); }

    /// The same, but waits for bytes if there are none yet. Returns false if
    /// somebody else made the pipe non-blocking, and it is empty.
    bool read_waiting() { return read_once(sys::Way::plain); }

    /// Reads what lies in the pipe now, at most what a pipe can hold: a child
    /// that never stops writing keeps nobody here.
    void take_waiting();

    /// Adds bytes that need no pipe. What lies in the pipe comes first: a child
    /// that has ended wrote that before.
    void append(std::string_view more);

private:
    bool read_once(sys::Way how);
    std::size_t room_for(std::size_t most) const noexcept;
    void grow_pipe() noexcept;
    void saw(std::size_t count);
    void stay_within_limit();
    void spill();
};

} // namespace runnel::inline v0
