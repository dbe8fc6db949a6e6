// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Names that the system has: of users, groups, files, programs and variables.
#pragma once

#include "sys/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace runnel::inline v0::sys {

/// The variables of this process, `NAME=value`; views into its memory.
std::vector<std::string_view> environment();

/// The value of a variable of this process. Empty if it is not set, and if this
/// process has more rights than its caller (set-user-ID): then the caller must not
/// tell it what to write.
std::string trusted_variable(char const* name);

/// The id of this process.
int own_pid() noexcept;

/// The descriptor limit of this process: every descriptor number is below it.
int descriptor_limit() noexcept;

/// How many processors this process may use; at least 1.
std::size_t usable_processors() noexcept;

/// The id of a user or group by name; `nullopt` if the look-up fails.
std::optional<unsigned> user_id(std::string const& name);
std::optional<unsigned> group_id(std::string const& name);

/// The home directory of a user by name; of the user of this process if `name` is
/// empty, and then the variable HOME counts first.
std::optional<std::string> home_directory(std::string const& name);

/// The same without HOME.
std::optional<std::string> home_of_user(std::string const& name);

/// The files that match a pattern of a shell, in no order; none is no error.
Result<std::vector<std::string>> matching_files(std::string const& pattern);

/// The first program of that name in the absolute directories of `path`. If
/// `name` holds a slash: `name` itself, if it is a program.
std::optional<std::string> find_program(std::string const& name,
                                        std::string_view path);

/// PATH of this process, or the system's default.
std::string_view program_path();

/// The program that runs command lines.
extern std::string_view const shell;

/// The path by which a process opens its own descriptor `fd`: `/dev/fd/3`.
std::string descriptor_path(int fd);

/// The system's message for an error, such as "No such file or directory".
std::string describe(std::error_code error);

} // namespace runnel::inline v0::sys
