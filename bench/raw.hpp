// What the contenders that make their system calls themselves have in common.
#pragma once

#include "worker.hpp"

#include <string>

namespace bench {

inline void close_if_open(int fd)
{
    if (fd >= 0)
        ::close(fd);
}

inline std::string read_to_end(int fd)
{
    std::string bytes;
    char buffer[4096];
    for (::ssize_t count = 1; count > 0;) {
        count = ::read(fd, buffer, sizeof buffer);
        require(count >= 0, "read");
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
    return bytes;
}

} // namespace bench
