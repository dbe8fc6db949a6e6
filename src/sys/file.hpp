// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Files.
#pragma once

#include "sys/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace runnel::inline v0::sys {

enum class FileUse : unsigned char {
    read,
    poll, ///< read, non-blocking: does not wait for the writer of a FIFO
    write,
    append,
};

/// Opens a file (created as 0666 minus the umask, if written) under a number
/// above 2; no child inherits the descriptor.
Result<Fd> open_file(std::string const& path, FileUse use);

/// A new file without a name in `directory`, to write and to read.
Result<Fd> open_unnamed_file(std::string const& directory);

/// A file in memory that holds `content`, to be read from its beginning.
Result<Fd> open_memory_file(std::string_view content);

/// A file in memory, for several processes to append to.
Result<Fd> make_memory_file();

/// Lets no process change a memory file any more. Returns false if one may still do
/// so, because it has mapped the file.
bool seal(int fd) noexcept;

Result<std::size_t> size_of(int fd) noexcept;

/// Reads up to `room` bytes at a position; 0 is end of file.
Result<std::size_t> read_at(int fd, std::size_t position, char* into,
                            std::size_t room) noexcept;

/// A regular file that several processes may append whole pieces to. If none of them
/// has it open, it is emptied and gets `beginning` first. The others have it open as
/// long as they keep the descriptor.
Result<Fd> open_shared_file(std::string const& path,
                            std::string_view beginning);

/// How many bytes a regular file holds behind the position of `fd`; none if it is
/// another kind of file.
std::optional<std::uint64_t> bytes_ahead(int fd) noexcept;

/// Writes all of `bytes`.
std::error_code write_all(int fd, std::string_view bytes) noexcept;

/// Maps the first `size` bytes of a file as read-only memory, to be given to
/// `unmap`. `size` is not 0.
Result<std::string_view> map_file(int fd, std::size_t size) noexcept;
void unmap(std::string_view mapped) noexcept;

/// The name of the null device.
extern std::string_view const null_device;

} // namespace runnel::inline v0::sys
