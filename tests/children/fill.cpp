// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// fill N [M]: writes N bytes "o" to stdout, then M bytes "e" to stderr.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fill(int fd, char with, long count)
{
    static char buffer[65536];
    memset(buffer, with, sizeof buffer);
    while (count > 0) {
        long const most = static_cast<long>(sizeof buffer);
        ssize_t const written =
            write(fd, buffer, static_cast<size_t>(count < most ? count : most));
        if (written < 0)
            return false;
        count -= written;
    }
    return true;
}

int main(int argc, char** argv)
{
    return !fill(1, 'o', argc > 1 ? atol(argv[1]) : 0)
        || !fill(2, 'e', argc > 2 ? atol(argv[2]) : 0);
}
