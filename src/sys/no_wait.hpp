// Reading and writing without ever waiting, whoever else holds the descriptor.
#pragma once

#include "sys/fd.hpp"

#include <cstddef>
#include <system_error>

namespace runnel::inline v0::sys {

/// Which call reads or writes a descriptor without waiting.
enum class Way : unsigned char {
    plain, ///< read and write: a file that never waits, or a non-blocking one
    socket, ///< the call says that it must not wait
    per_call, ///< likewise, for what is no socket: not every file can
    when_ready, ///< read and write, after a poll has said that it is ready
};

enum class Direction : bool { read, write };

/// Opens the same pipe, FIFO or terminal once more, as a non-blocking open file
/// of our own: the flags of the one behind `fd`, which other processes may
/// share, stay as they are. The new number is above 2, and no child inherits it.
///
/// - Errors: `errc::operation_not_supported` for everything else. To open another
///   device again may make a new one (the controlling side of a terminal), or
///   move it (a tape). Else what open(2) gives: without `/proc`, or for a
///   terminal of another user, this does not work.
/// - A FIFO that is opened again for reading when all writers have gone never
///   polls as ended. Poll the old descriptor, and read the new one.
Result<Fd> reopen(int fd, Direction direction) noexcept;

/// Up to `room` bytes, as `read_some(int, char*, std::size_t)`. Where the call
/// that `way` names does not exist, `is_unsupported` is true of the error.
Result<std::size_t> read_some(int fd, char* into, std::size_t room,
                              Way way) noexcept;

/// True for the errors that mean "`Way::per_call` is not possible here".
bool is_unsupported(std::error_code error) noexcept;

} // namespace runnel::inline v0::sys
