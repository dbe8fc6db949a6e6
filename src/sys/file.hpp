// Files.
#pragma once

#include "sys/fd.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace runnel::inline v0::sys {

enum class FileUse : unsigned char {
    read,
    poll, ///< read, without waiting for who writes to a FIFO: non-blocking
    write,
    append,
};

/// Opens a file (created 0666 less the umask, if written) with a number above
/// 2 that no child inherits.
Result<Fd> open_file(std::string const& path, FileUse use);

/// A new file without a name in `directory`, to write and to read.
Result<Fd> open_unnamed_file(std::string const& directory);

/// A file in memory that holds `content`, to be read from its beginning.
Result<Fd> open_memory_file(std::string_view content);

/// All of `bytes`.
std::error_code write_all(int fd, std::string_view bytes) noexcept;

/// The first `size` bytes of a file as memory that cannot be changed, to be
/// given to `unmap`. Not empty.
Result<std::string_view> map_file(int fd, std::size_t size) noexcept;
void unmap(std::string_view mapped) noexcept;

/// The name of the null device.
extern std::string_view const null_device;

} // namespace runnel::inline v0::sys
