// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where a program may be: the paths to try, in order.
#include "sys/posix/path.hpp"

#include "sys/names.hpp"
#include "sys/posix/calls.hpp"

#include <memory_resource>

namespace runnel::inline v0::posix {

namespace {

// What the C library uses for a process without PATH.
constexpr std::string_view default_search_path = "/bin:/usr/bin";

} // namespace

std::string_view search_path(char const* const* environment)
{
    constexpr std::string_view name = "PATH=";
    for (; environment != nullptr && *environment != nullptr; ++environment)
        if (std::string_view const entry = *environment;
            entry.starts_with(name))
            return entry.substr(name.size());
    return default_search_path;
}

// Empty and relative directories are skipped, because they would run programs
// from the current directory.
void add_candidates(std::string_view program, std::string_view path,
                    Strings& into)
{
    while (!path.empty()) {
        auto const end = path.find(':');
        auto const directory = path.substr(0, end);
        if (directory.starts_with('/'))
            into.add({directory, directory.ends_with('/') ? "" : "/", program});
        path.remove_prefix(end == path.npos ? path.size() : end + 1);
    }
}

} // namespace runnel::inline v0::posix

extern "C" char** environ;

namespace runnel::inline v0::sys {

using namespace posix;

constinit std::string_view const shell = "/bin/sh";

std::string descriptor_path(int fd)
{
    return "/dev/fd/" + std::to_string(fd);
}

std::string_view program_path()
{
    return search_path(environ);
}

std::optional<std::string> find_program(std::string const& name,
                                        std::string_view path)
{
    auto const is_program = [](char const* file) {
        return posix_calls().check_program(file) >= 0;
    };
    if (name.find('/') != name.npos)
        return is_program(name.c_str()) ? std::optional(name) : std::nullopt;
    std::pmr::monotonic_buffer_resource memory;
    Strings candidates(&memory);
    add_candidates(name, path, candidates);
    for (auto* file = candidates.pointers(); *file != nullptr; ++file)
        if (is_program(*file))
            return *file;
    return {};
}

} // namespace runnel::inline v0::sys
