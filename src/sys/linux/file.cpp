// Files without a name, on disk and in memory; files that processes share.
#include "sys/file.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/posix/file.hpp"
#include "sys/result.hpp"

#include <algorithm>
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

Result<Fd> open_memory_file(std::string_view content)
{
    int const fd = calls().memfd_create("runnel", MFD_CLOEXEC);
    if (fd < 0)
        return {code(fd), {}};
    auto file = above_standard(Fd(fd));
    if (!file)
        return file;
    if (auto const error = write_all(file.value.get(), content))
        return {error, {}};
    ::lseek(file.value.get(), 0, SEEK_SET);
    return file;
}

namespace {

/// Locks belong to an open file, not to a process, and end with it. False if another
/// open file holds a lock that excludes this one. A file system without locks
/// grants all.
bool lock(int fd, short kind)
{
    struct ::flock whole {};
    whole.l_type = kind;
    whole.l_whence = SEEK_SET;
    int const result = uninterrupted([&] {
        return calls().fcntl(fd, F_OFD_SETLK, reinterpret_cast<long>(&whole));
    });
    return result != -EAGAIN && result != -EACCES;
}

int open_to_append(std::string const& path, int more)
{
    return uninterrupted([&] {
        return calls().open(
            path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | more, 0666);
    });
}

} // namespace

// A process that has the file open holds a read lock. So a write lock says that no
// other process has it open.
Result<SharedFile> open_shared_file(std::string const& path)
{
    int const fd = open_to_append(path, 0);
    if (fd < 0)
        return {code(fd), {}};
    auto file = above_standard(Fd(fd));
    if (!file)
        return {file.error, {}};
    bool const is_new = lock(file.value.get(), F_WRLCK);
    if (is_new)
        Fd const emptied(open_to_append(path, O_TRUNC));
    lock(file.value.get(), F_RDLCK);
    return {{}, {std::move(file.value), is_new}};
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
