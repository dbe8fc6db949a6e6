// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a process does at this moment, and which processes hold a pipe open, for
// people who look for the reason of a hang. Nothing here waits.
#pragma once

#include <string>
#include <vector>

namespace runnel::inline v0::sys {

/// What the first thread of a process does.
struct Activity {
    enum class Kind : unsigned char {
        unknown, ///< the system does not tell
        runs,
        reads, ///< it waits until it can read from `fd`
        writes,
        polls, ///< it waits for the first of several files
        waits_for_child,
        sleeps,
        pauses, ///< it waits for a signal
        waits, ///< for anything else, such as a lock
        stopped, ///< by a signal, or by a debugger
        ended, ///< and not collected yet, or there is no such process
    };

    Kind kind = Kind::unknown;
    int fd = -1;
};

Activity activity_of(int pid);

/// What a descriptor of a process is: a path, or "pipe:[4711]", which names one pipe.
/// Empty if the system does not tell. `pid` 0: of this process.
std::string file_of(int pid, int fd);

inline bool is_pipe(std::string const& file) noexcept
{
    return file.starts_with("pipe:[");
}

enum class PipeEnd : bool { read, write };

/// The processes that have an end of `pipe` open, as far as this user may see them.
/// Looks at all processes of the machine.
std::vector<int> holders_of(std::string const& pipe, PipeEnd end);

/// The name of the program that a process executes, at most 15 bytes of it; empty if
/// the system does not tell.
std::string name_of(int pid);

/// True if gdb or lldb traces this process. Other tracers, such as strace, set no
/// breakpoints.
bool is_in_debugger();

/// A copy of `text` that is never freed, for a debugger; empty if there is no memory.
char const* kept_text(std::string const& text) noexcept;

} // namespace runnel::inline v0::sys
