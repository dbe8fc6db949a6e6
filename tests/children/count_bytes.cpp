// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Reads stdin to its end and prints how many bytes there were.
#include <stdio.h>
#include <unistd.h>

int main()
{
    static char buffer[65536];
    long long total = 0;
    ssize_t count;
    while ((count = read(0, buffer, sizeof buffer)) > 0)
        total += count;
    printf("%lld\n", total);
    return count < 0;
}
