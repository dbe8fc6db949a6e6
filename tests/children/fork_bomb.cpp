// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// fork_bomb MOST: prints a line, and then every process forks for ever. At most
// about MOST processes live at once: one that finds no room ends, and makes room for
// the next. All of them ignore SIGTERM, and end after a minute.
#include <atomic>
#include <cstdlib>
#include <new>

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    int const most = std::atoi(argv[1]);
    signal(SIGTERM, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); // no zombies
    void* const shared =
        mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || write(1, "r\n", 2) != 2)
        return 1;
    auto& living = *new (shared) std::atomic<int>(1);
    for (;;) {
        alarm(60);
        if (living.fetch_add(1) < most) {
            if (fork() < 0)
                --living;
        } else {
            living -= 2;
            _exit(0);
        }
    }
}
