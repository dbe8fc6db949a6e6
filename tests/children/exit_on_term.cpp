// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Says "r", and ends with code 7 when it gets SIGTERM.
#include <signal.h>
#include <unistd.h>

int main()
{
    alarm(60);
    signal(SIGTERM, [](int) { _exit(7); });
    if (write(1, "r", 1) != 1)
        return 1;
    for (;;)
        pause();
}
