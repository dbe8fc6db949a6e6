// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// leave_grandchild [stay]: starts a child of its own that sleeps for 30 seconds
// with our stdout and stderr open; prints "x"; ends, or stays as well.
#include <unistd.h>

int main(int argc, char**)
{
    pid_t const grandchild = fork();
    if (grandchild < 0)
        return 1;
    alarm(30);
    if (grandchild == 0)
        for (;;)
            pause();
    if (write(1, "x", 1) != 1)
        return 1;
    while (argc > 1)
        pause();
}
