// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Reading and writing without ever waiting, even if other processes hold the
// same open file.
#pragma once

#include "sys/fd.hpp"

#include <cstddef>
#include <system_error>

namespace runnel::inline v0::sys {

/// Which call reads or writes a descriptor without waiting.
enum class Way : unsigned char {
    plain, ///< read and write: a file that never waits, or a non-blocking one
    socket, ///< the call says that it must not wait
    per_call, ///< the same for other files, if they support it
    when_ready, ///< read and write, after a poll has said that it is ready
};

enum class Direction : bool { read, write };

/// Opens the same pipe, FIFO or terminal once more, as a separate non-blocking
/// open file. The flags of the open file behind `fd`, which other processes may
/// share, stay as they are. The new number is above 2, and no child inherits
/// the new descriptor.
///
/// - Errors: `errc::operation_not_supported` for all other files. Opening
///   another device again may make a new one (the controlling side of a
///   terminal), or move it (a tape). Otherwise the error of open(2): reopening
///   fails without `/proc`, and for a terminal of another user.
/// - If a FIFO is opened again for reading after all writers have closed it,
///   the new descriptor never polls as ended. Poll the old descriptor, and read
///   the new one.
Result<Fd> reopen(int fd, Direction direction) noexcept;

/// Reads up to `room` bytes, as `read_some(int, char*, std::size_t)`. If the
/// call that `way` names is not supported, `is_unsupported` is true of the
/// error.
Result<std::size_t> read_some(int fd, char* into, std::size_t room,
                              Way way) noexcept;

/// True for the errors that mean "`Way::per_call` is not possible here".
bool is_unsupported(std::error_code error) noexcept;

} // namespace runnel::inline v0::sys
