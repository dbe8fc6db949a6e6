// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies stdin to stdout and to stderr, each piece before the next is read: who
// does not read both while writing is stuck.
#include <unistd.h>

static bool write_all(int fd, char const* from, ssize_t count)
{
    while (count > 0) {
        ssize_t const written = write(fd, from, static_cast<size_t>(count));
        if (written < 0)
            return false;
        from += written;
        count -= written;
    }
    return true;
}

int main()
{
    static char buffer[65536];
    for (;;) {
        ssize_t const count = read(0, buffer, sizeof buffer);
        if (count <= 0)
            return count < 0;
        if (!write_all(1, buffer, count) || !write_all(2, buffer, count))
            return 1;
    }
}
