// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Names of files as words, without a shell.
//
//     check(cmd("tar", "-cf", "logs.tar", glob("*.log")));
//     check(cmd("ls") .cwd(home("~/src")));
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/pathname.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// What `glob` does if no file matches.
enum class NoMatch : unsigned char {
    fails,         ///< throws `SystemError`
    gives_nothing, ///< returns no names
};

/// The names of the files that match a pattern of a shell: `*`, `?`, `[a-z]`.
/// Each name is one word of a command; nothing in it is expanded again.
///
/// - `pattern`: a backslash takes the meaning from the next character. As in a
///   shell, `*` and `?` match neither a `/` nor a `.` at the beginning of a
///   name. A `~` has no meaning here; see `home`.
/// - The directories are read during the call. A relative pattern counts from
///   the directory of this process, not from the `cwd` of a command.
/// - The names are sorted by their bytes. One that begins with `-` gets `./` in
///   front, so that no program takes it for an option.
/// - A pattern without special characters matches the file of that name.
/// - Throws `SystemError` if a directory cannot be read, and
///   `std::invalid_argument` for a pattern that holds a NUL byte.
[[nodiscard(
    "nothing is changed: write cmd(\"ls\", glob(\"*.c\"))")]] RUNNEL_EXPORT
    std::vector<std::string>
    glob(Pathname const& pattern, NoMatch none = NoMatch::fails);

/// A path in which a `~` at the beginning stands for a home directory, as in a
/// shell.
///
/// - `~` and `~/x`: the variable HOME of this process or, if it is not set or
///   empty, the home directory of the user of this process.
/// - `~name` and `~name/x`: the home directory of a user; without such a user
///   `std::invalid_argument`.
/// - Any other path is returned as it is.
/// - The result is a path, no pattern: in `glob(home("~/x") + "/*")`, a `*`, `?`,
///   `[` or backslash of the home directory has its meaning.
[[nodiscard("nothing is changed: write path = home(\"~/x\")")]] RUNNEL_EXPORT
    std::string
    home(Pathname const& path = "~");

RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               std::vector<std::string>)
glob(std::nullptr_t, NoMatch = {}) RUNNEL_DELETED;
RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               std::string)
home(std::nullptr_t) RUNNEL_DELETED;

} // namespace runnel::inline v0
