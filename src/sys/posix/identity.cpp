// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Variables, the home directory and limits of this process.
#include "sys/names.hpp"

#include <climits>
#include <cstdlib>

#include <sys/resource.h>

extern "C" char** environ; // POSIX leaves this to the program

namespace runnel::inline v0::sys {

std::optional<std::string> home_directory(std::string const& name)
{
    if (name.empty())
        if (char const* const home = ::getenv("HOME"); home != nullptr && *home)
            return home;
    return home_of_user(name);
}

std::vector<std::string_view> environment()
{
    std::vector<std::string_view> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr;
         ++entry)
        variables.emplace_back(*entry);
    return variables;
}

int descriptor_limit() noexcept
{
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    return static_cast<int>(limit.rlim_cur);
}

std::string describe(std::error_code error)
{
    return error.message();
}

} // namespace runnel::inline v0::sys
