// What the system calls users, programs and variables.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace runnel::inline v0::sys {

/// The variables of this process, `NAME=value`; views into its memory.
std::vector<std::string_view> environment();

/// How many descriptors this process may have: each has a number below.
int descriptor_limit() noexcept;

/// Numbers for names; a failed look-up is no error but nothing.
std::optional<unsigned> user_id(std::string const& name);
std::optional<unsigned> group_id(std::string const& name);

/// The first file of that name in the absolute directories of `path` that is
/// a program; `name` itself if it holds a slash and is one.
std::optional<std::string> find_program(std::string const& name,
                                        std::string_view path);

/// PATH of this process, or the system's default.
std::string_view program_path();

/// The program that runs command lines.
extern std::string_view const shell;

/// The name of what a process has open as `fd`, for that process: `/dev/fd/3`.
std::string descriptor_path(int fd);

/// The words of the system for an error, such as "No such file or directory".
std::string describe(std::error_code error);

} // namespace runnel::inline v0::sys
