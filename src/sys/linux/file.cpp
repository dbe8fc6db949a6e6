// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Files without a name, on disk and in memory; files that processes share.
#include "sys/file.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/posix/file.hpp"
#include "sys/result.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

using namespace posix;

Result<Fd> open_unnamed_file(std::string const& directory)
{
    int fd = uninterrupted([&] {
        return calls().open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC,
                            0600);
    });
    if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL)
        fd = open_and_unlink(directory);
    if (fd < 0)
        return {code(fd), {}};
    return above_standard(Fd(fd));
}

namespace {

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U // Linux 6.3
#endif

/// A file in memory that can be sealed. Some systems refuse those that could be
/// executed; old ones know no others.
Result<Fd> new_memory_file()
{
    int fd = calls().memfd_create("runnel", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    if (fd == -EINVAL)
        fd = calls().memfd_create("runnel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return {code(fd), {}};
    return above_standard(Fd(fd));
}

} // namespace

Result<Fd> open_memory_file(std::string_view content)
{
    auto file = new_memory_file();
    if (!file)
        return file;
    if (auto const error = write_all(file.value.get(), content))
        return {error, {}};
    ::lseek(file.value.get(), 0, SEEK_SET);
    return file;
}

Result<Fd> make_memory_file()
{
    auto file = new_memory_file();
    if (file)
        calls().fcntl(file.value.get(), F_SETFL, O_APPEND);
    return file;
}

bool seal(int fd) noexcept
{
    return calls().fcntl(fd, F_ADD_SEALS,
                         F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)
        == 0;
}

Result<std::size_t> size_of(int fd) noexcept
{
    struct ::stat file {};
    if (::fstat(fd, &file) != 0)
        return {code(-errno), {}};
    return {{}, static_cast<std::size_t>(file.st_size)};
}

Result<std::size_t> read_at(int fd, std::size_t position, char* into,
                            std::size_t room) noexcept
{
    auto const count = uninterrupted([&] {
        auto const got =
            ::pread(fd, into, room, static_cast<::off_t>(position));
        return got < 0 ? -static_cast<::ssize_t>(errno) : got;
    });
    if (count < 0)
        return {code(count), {}};
    return {{}, static_cast<std::size_t>(count)};
}

namespace {

/// Locks belong to an open file, not to a process, and end with it. `command` is
/// F_OFD_SETLK or F_OFD_SETLKW, which waits. False if another open file holds a lock
/// that excludes this one. A file system without locks grants all.
bool lock(int fd, int command, short kind)
{
    struct ::flock whole {};
    whole.l_type = kind;
    whole.l_whence = SEEK_SET;
    int const result = uninterrupted([&] {
        return calls().fcntl(fd, command, reinterpret_cast<long>(&whole));
    });
    return result != -EAGAIN && result != -EACCES;
}

bool is_regular(int fd) noexcept
{
    struct ::stat file {};
    return ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

} // namespace

// A process that has the file open holds a read lock. So a write lock says that no
// other process has it open. It is held until the file has its beginning.
Result<Fd> open_shared_file(std::string const& path, std::string_view beginning)
{
    constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
    int const fd =
        uninterrupted([&] { return calls().open(path.c_str(), flags, 0666); });
    if (fd < 0)
        return {code(fd), {}};
    auto file = above_standard(Fd(fd));
    if (!file)
        return file;
    if (!is_regular(file.value.get()))
        return {std::make_error_code(std::errc::not_supported), {}};
    if (lock(file.value.get(), F_OFD_SETLK, F_WRLCK)) {
        static_cast<void>(::ftruncate(file.value.get(), 0));
        if (auto const error = write_all(file.value.get(), beginning))
            return {error, {}};
    }
    lock(file.value.get(), F_OFD_SETLKW, F_RDLCK);
    return file;
}

std::optional<std::uint64_t> bytes_ahead(int fd) noexcept
{
    struct ::stat file {};
    auto const at = ::lseek(fd, 0, SEEK_CUR);
    if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || at < 0)
        return {};
    return static_cast<std::uint64_t>(std::max(file.st_size - at, off_t{0}));
}

} // namespace runnel::inline v0::sys
