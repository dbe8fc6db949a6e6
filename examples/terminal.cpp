// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Commands on a pseudo-terminal: a program that looks different there, one that
// asks for a password where nothing but a terminal will do, and a pager at the end
// of a pipeline.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

/// What `stty size` sees, once in a pipe and once on a terminal.
void compare()
{
    auto const width = sh("test -t 1 && stty size || echo a pipe");
    auto const on_terminal = width.pty({.rows = 25, .keep_newlines = true});
    std::cout << "behind a pipe: " << read(width) << '\n'
              << "on a terminal: " << read(on_terminal) << '\n';
}

/// The answer is typed unseen: the script turns the echo off.
void log_in()
{
    auto const script = sh("stty -echo; printf 'password: ' > /dev/tty;"
                           "read -r word < /dev/tty; stty echo;"
                           "echo; test \"$word\" = sesame && echo welcome");
    auto login = start(script.pty({.keep_newlines = true}));
    login.out().read_until("password: ", 20s);
    login.in().write("sesame\n");
    std::cout << "the password gives:" << login.out().read();
}

/// `less` takes its keys from the terminal, its text from the pipe.
void page()
{
    if (!which("less"))
        return;
    auto const pages =
        (cmd("seq", 1000) | cmd("less").env("TERM", "xterm").unset("LESS"))
            .pty({.rows = 10});
    auto less = start(pages);
    less.out().read_until("9\r\n", 20s);
    less.in().write("G"); // to the end
    less.out().read_until("1000", 20s);
    less.in().write("q");
    less.out().read();
    std::cout << "less saw the end of the text\n";
}

} // namespace

int main()
{
    try {
        compare();
        log_in();
        page();
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
