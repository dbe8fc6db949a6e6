// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Closes stdin, says "r", and sleeps.
#include <unistd.h>

int main()
{
    alarm(60);
    close(0);
    if (write(1, "r", 1) != 1)
        return 1;
    for (;;)
        pause();
}
