// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// tell_terminal WHAT...: answers questions about its terminal on stdout, one after
// the other:
//
//   streams      which of 0, 1 and 2 are terminals
//   size         the size of /dev/tty
//   new_size     writes "waits", waits for SIGWINCH, then the new size
//   control      whether /dev/tty can be opened
//   foreground   whether it leads a session, in the foreground of /dev/tty
//   modes        the modes of the terminal behind stdin
//   password     asks on /dev/tty with echo off, then what it got
//   background   what happens to a background process that reads /dev/tty
//   signal       writes "waits", waits for SIGINT or SIGHUP; exits with the number
//   line         reads a line of stdin
//   all          reads stdin to its end
//   error        writes a line to stderr
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int open_terminal()
{
    return open("/dev/tty", O_RDWR | O_CLOEXEC);
}

static void tell_size(char const* name)
{
    struct winsize size = {};
    int const terminal = open_terminal();
    ioctl(terminal, TIOCGWINSZ, &size);
    close(terminal);
    printf("%s: %d %d\n", name, size.ws_row, size.ws_col);
}

/// Waits for one of the signals, which `main` has blocked.
static int wait_for(int first, int second)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    printf("waits\n");
    fflush(stdout);
    int signal = 0;
    sigwait(&set, &signal);
    return signal;
}

static void tell_foreground()
{
    int const terminal = open_terminal();
    bool const leads = getsid(0) == getpid();
    bool const is_in_front = tcgetpgrp(terminal) == getpgrp();
    close(terminal);
    printf("foreground: %s\n", !leads        ? "follows"
                               : is_in_front ? "leads, in front"
                                             : "leads, behind");
}

static void tell_modes()
{
    struct termios modes = {};
    if (tcgetattr(0, &modes) != 0) {
        printf("modes: none\n");
        return;
    }
    printf("modes:%s%s%s%s\n", modes.c_lflag & ECHO ? " echo" : "",
           modes.c_lflag & ICANON ? " lines" : "",
           modes.c_lflag & ISIG ? " signals" : "",
           modes.c_oflag & OPOST && modes.c_oflag & ONLCR ? " crlf" : "");
}

static void ask_password()
{
    int const terminal = open_terminal();
    struct termios before = {};
    tcgetattr(terminal, &before);
    auto quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(terminal, TCSAFLUSH, &quiet);
    dprintf(terminal, "password: ");
    char line[256] = {};
    auto const count = read(terminal, line, sizeof line - 1);
    line[count > 0 ? count - 1 : 0] = '\0';
    tcsetattr(terminal, TCSAFLUSH, &before);
    dprintf(terminal, "\n");
    close(terminal);
    printf("password was %s\n", line);
}

static void read_in_background()
{
    int const pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        char byte;
        _exit(read(open_terminal(), &byte, 1) < 0 ? 1 : 2);
    }
    int status = 0;
    waitpid(pid, &status, WUNTRACED);
    if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN)
        printf("background: stopped by SIGTTIN\n");
    else
        printf("background: status %d\n", status);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void read_line()
{
    char line[8192];
    if (fgets(line, sizeof line, stdin) == nullptr)
        printf("line: none\n");
    else
        printf("line: %s", line);
}

static void read_all()
{
    char bytes[4096];
    long all = 0;
    for (long count; (count = read(0, bytes, sizeof bytes)) > 0;)
        all += count;
    printf("all: %ld\n", all);
}

static void answer(char const* what)
{
    auto const is = [what](char const* name) {
        return strcmp(what, name) == 0;
    };
    if (is("streams"))
        printf("streams:%s%s%s\n", isatty(0) ? " 0" : "", isatty(1) ? " 1" : "",
               isatty(2) ? " 2" : "");
    else if (is("size"))
        tell_size("size");
    else if (is("new_size")) {
        wait_for(SIGWINCH, SIGWINCH);
        tell_size("new size");
    } else if (is("control")) {
        int const terminal = open_terminal();
        printf("control: %s\n", terminal >= 0 ? "yes" : "no");
        close(terminal);
    } else if (is("foreground"))
        tell_foreground();
    else if (is("modes"))
        tell_modes();
    else if (is("password"))
        ask_password();
    else if (is("background"))
        read_in_background();
    else if (is("signal"))
        exit(wait_for(SIGINT, SIGHUP));
    else if (is("line"))
        read_line();
    else if (is("all"))
        read_all();
    else if (is("error"))
        fprintf(stderr, "an error\n");
}

int main(int argc, char** argv)
{
    alarm(60);
    sigset_t set;
    sigemptyset(&set);
    for (int i = 1; i < argc; ++i)
        if (strcmp(argv[i], "new_size") == 0) {
            sigaddset(&set, SIGWINCH);
        } else if (strcmp(argv[i], "signal") == 0) {
            sigaddset(&set, SIGINT);
            sigaddset(&set, SIGHUP);
        }
    sigprocmask(SIG_BLOCK, &set, nullptr);
    for (int i = 1; i < argc; ++i) {
        answer(argv[i]);
        fflush(stdout);
    }
}
