// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/linux/processes.hpp"

#include "sys/names.hpp"

#include <cstdio>
#include <cstring>

#include <sched.h>
#include <unistd.h>

namespace runnel::inline v0::posix {

// "4711 (name) S 1 4711 4711 ...": the name may hold anything.
ProcessFacts facts_of(int pid) noexcept
{
    char path[32];
    std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
    char text[512];
    long const length = OpenFile(path, O_RDONLY).read(text, sizeof text - 1);
    if (length <= 0)
        return {};
    text[length] = '\0';
    auto const* const name_end = std::strrchr(text, ')');
    ProcessFacts facts;
    if (name_end == nullptr
        || std::sscanf(name_end + 1,
                       " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
                       "%*d %*d %*d %*d %*d %llu",
                       &facts.state, &facts.parent, &facts.group,
                       &facts.session, &facts.made_at)
               != 5)
        return {};
    return facts;
}

} // namespace runnel::inline v0::posix

namespace runnel::inline v0::sys {

// A machine may have more processors than a cpu_set_t has bits.
std::size_t usable_processors() noexcept
{
    cpu_set_t mine;
    long const count = ::sched_getaffinity(0, sizeof mine, &mine) == 0
                         ? CPU_COUNT(&mine)
                         : ::sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? static_cast<std::size_t>(count) : 1;
}

} // namespace runnel::inline v0::sys
