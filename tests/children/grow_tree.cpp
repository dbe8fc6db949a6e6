// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// grow_tree KIND stay|talk|leave: starts a process of its own, prints its pid and
// a newline when that process is ready, and then sleeps, prints a hundred bytes
// and sleeps, or ends. KIND says what the
// process does:
//     child       it is a child, and sleeps
//     orphan      its parent, a process between, has ended
//     group       it leads a process group of its own
//     session     it leads a session of its own
//     ignore_term it ignores SIGTERM
//     stopped     it has been stopped by a signal
//     slow        it ends some time after SIGTERM
//     pipe        it keeps our stdout open; the others do not
// All of them end after a minute, so that no failed test leaves them behind.
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

bool is_kind(char const* kind, char const* one)
{
    return std::strcmp(kind, one) == 0;
}

void end_later(int)
{
    usleep(50'000);
    _exit(0);
}

void become(char const* kind)
{
    if (is_kind(kind, "group"))
        setpgid(0, 0);
    if (is_kind(kind, "session"))
        setsid();
    if (is_kind(kind, "ignore_term"))
        signal(SIGTERM, SIG_IGN);
    if (is_kind(kind, "slow"))
        signal(SIGTERM, end_later);
    if (is_kind(kind, "pipe"))
        return;
    int const null = open("/dev/null", O_RDWR);
    dup2(null, 1);
    dup2(null, 2);
}

[[noreturn]] void live(char const* kind, int news)
{
    alarm(60);
    become(kind);
    pid_t const self = getpid();
    if (write(news, &self, sizeof self) != sizeof self)
        _exit(1);
    close(news);
    if (is_kind(kind, "stopped"))
        raise(SIGSTOP);
    for (;;)
        pause();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3)
        return 2;
    char const* const kind = argv[1];
    alarm(60);
    int news[2];
    if (pipe(news) != 0)
        return 1;
    pid_t const child = fork();
    if (child == 0) {
        close(news[0]);
        if (is_kind(kind, "orphan") && fork() > 0)
            _exit(0);
        live(kind, news[1]);
    }
    close(news[1]);
    pid_t pid = 0;
    if (read(news[0], &pid, sizeof pid) != sizeof pid)
        return 1;
    close(news[0]);
    if (is_kind(kind, "stopped"))
        waitpid(child, nullptr, WUNTRACED);
    std::printf("%d\n", static_cast<int>(pid));
    if (is_kind(argv[2], "talk"))
        std::printf("%100d\n", 0);
    std::fflush(stdout);
    while (!is_kind(argv[2], "leave"))
        pause();
}
