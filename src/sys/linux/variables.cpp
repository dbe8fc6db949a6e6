// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Variables that are only read in a process without special rights.
#include "sys/names.hpp"

#include <cstdlib>

#include <unistd.h>

namespace runnel::inline v0::sys {

std::string trusted_variable(char const* name)
{
    char const* const value = ::secure_getenv(name);
    return value != nullptr ? value : "";
}

int own_pid() noexcept
{
    return ::getpid();
}

} // namespace runnel::inline v0::sys
