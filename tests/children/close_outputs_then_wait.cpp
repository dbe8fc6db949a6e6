// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Closes stdout and stderr, then sleeps until stdin ends.
#include <unistd.h>

int main()
{
    alarm(60);
    close(1);
    close(2);
    char byte;
    while (read(0, &byte, 1) > 0) {}
}
