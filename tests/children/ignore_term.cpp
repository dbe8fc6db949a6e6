// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ignores SIGTERM, says "r" when it does, and sleeps.
#include <signal.h>
#include <unistd.h>

int main()
{
    alarm(60);
    signal(SIGTERM, SIG_IGN);
    if (write(1, "r", 1) != 1)
        return 1;
    for (;;)
        pause();
}
