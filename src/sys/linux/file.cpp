// Files without a name, on disk and in memory.
#include "sys/file.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/posix/file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
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

} // namespace runnel::inline v0::sys
