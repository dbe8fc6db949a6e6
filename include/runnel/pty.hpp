// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A pseudo-terminal for a command, or for several commands.
//
//     Job python = start(cmd("python3", "-i").pty({.rows = 24, .columns = 80}));
//     python.out().read_until(">>> ");
//     python.in().write("6 * 7\n");
#pragma once

#include <runnel/detail/config.hpp>

namespace runnel::inline v0 {

/// A terminal whose user is this process: those of stdin, stdout and stderr that
/// are not redirected lead to it. See `PopenOptions::pty` and docs/terminals.md.
struct Pty {
    /// The size in characters, from 1 to 65535. `Popen::resize` and
    /// `Job::resize` change it while the program runs.
    int rows = 24;
    int columns = 80;

    /// True: the terminal shows what is typed, so that `out()` gives what was
    /// written to `in()` as well, until the program turns that off.
    bool echo = true;

    /// True: no byte has a meaning for the terminal, in either direction.
    /// Nothing is echoed, a Ctrl-C is a byte, line ends stay as they are, and
    /// no key is end of file.
    bool raw = false;

    /// False: each `\n` of the program arrives as `\r\n`, as terminals do.
    /// True: as `\n`.
    bool keep_newlines = false;

    bool operator==(Pty const&) const = default;
};

} // namespace runnel::inline v0
