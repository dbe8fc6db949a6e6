// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Files that only the library uses.
#include "sys/file.hpp"
#include "sys/fd.hpp"
#include "sys/posix/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/file.hpp"
#include "sys/result.hpp"
#include "sys/signal.hpp"

#include <cstdint>
#include <cstdio>

#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>

namespace runnel::inline v0::posix {

int open_and_unlink(std::string const& directory)
{
    for (int attempt = 0;; ++attempt) {
        ::timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        char name[64];
        std::snprintf(name, sizeof name, "/.runnel-%llx-%d",
                      static_cast<unsigned long long>(now.tv_nsec)
                          ^ reinterpret_cast<std::uintptr_t>(name),
                      attempt);
        auto const path = directory + name;
        int const fd = uninterrupted([&] {
            return posix_calls().open(
                path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        });
        if (fd >= 0)
            posix_calls().unlink(path.c_str());
        if (fd != -EEXIST || attempt == 100)
            return fd;
    }
}

} // namespace runnel::inline v0::posix

namespace runnel::inline v0::sys {

using namespace posix;

std::error_code write_all(int fd, std::string_view bytes) noexcept
{
    SigpipeGuard guard;
    while (!bytes.empty()) {
        auto const count = guard.write_some(fd, bytes);
        if (!count)
            return count.error;
        bytes.remove_prefix(count.value);
    }
    return {};
}

Result<std::string_view> map_file(int fd, std::size_t size) noexcept
{
    long const at = posix_calls().mmap_file(fd, size);
    if (at < 0 && at > -4096)
        return {code(at), {}};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what the kernel gives
    return {{}, {reinterpret_cast<char const*>(at), size}};
}

void unmap(std::string_view mapped) noexcept
{
    ::munmap(const_cast<char*>(mapped.data()), mapped.size());
}

} // namespace runnel::inline v0::sys
