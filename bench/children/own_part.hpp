// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What children that write as fast as they can have in common.
#pragma once

#include <stdexcept>
#include <string_view>

#include <sched.h>
#include <unistd.h>

namespace bench {

inline void move_to(int cpu)
{
    ::cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    if (::sched_setaffinity(0, sizeof cpus, &cpus) != 0)
        throw std::runtime_error("cannot move to that CPU");
}

inline void write_all(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (count < 0)
            throw std::runtime_error("cannot write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

} // namespace bench
