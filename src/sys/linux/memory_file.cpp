// A file in memory, and how many descriptors there may be.
#include "sys/file.hpp"
#include "sys/names.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"

#include <climits>

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

using namespace posix;

Result<Fd> open_memory_file(std::string_view content)
{
    int const fd = ::memfd_create("runnel", MFD_CLOEXEC);
    if (fd < 0)
        return {code(-errno), {}};
    auto file = above_standard(Fd(fd));
    if (!file)
        return file;
    if (auto const error = write_all(file.value.get(), content))
        return {error, {}};
    ::lseek(file.value.get(), 0, SEEK_SET);
    return file;
}

int descriptor_limit() noexcept
{
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    return static_cast<int>(limit.rlim_cur);
}

} // namespace runnel::inline v0::sys
