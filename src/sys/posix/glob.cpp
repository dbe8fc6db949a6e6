// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Names of files that match a pattern.
#include "sys/names.hpp"
#include "sys/posix/code.hpp"

#include <cerrno>
#include <new>

#include <glob.h>

namespace runnel::inline v0::sys {

namespace {

/// Why glob(3) was told to stop: its callback has no other way to say so.
thread_local int reason = 0;

// A directory that does not exist, or that is none, holds no match.
int stop_at_error(char const*, int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return 0;
    reason = error;
    return 1;
}

struct Matches : ::glob_t {
    Matches() : ::glob_t{} {}
    Matches(Matches const&) = delete;
    Matches& operator=(Matches const&) = delete;
    ~Matches() { ::globfree(this); }
};

} // namespace

Result<std::vector<std::string>> matching_files(std::string const& pattern)
{
    Matches matches;
    switch (::glob(pattern.c_str(), GLOB_NOSORT, stop_at_error, &matches)) {
    case 0:
        return {{}, {matches.gl_pathv, matches.gl_pathv + matches.gl_pathc}};
    case GLOB_NOMATCH: return {};
    case GLOB_NOSPACE: throw std::bad_alloc();
    default: return {posix::code(-reason), {}};
    }
}

} // namespace runnel::inline v0::sys
