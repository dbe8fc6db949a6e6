// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies stdin to stdout, one byte with each write.
#include <unistd.h>

int main()
{
    static char buffer[65536];
    ssize_t count;
    while ((count = read(0, buffer, sizeof buffer)) > 0)
        for (ssize_t i = 0; i < count; ++i)
            if (write(1, buffer + i, 1) != 1)
                return 1;
    return count < 0;
}
