// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies stdin to stdout, each piece at once.
#include <unistd.h>

int main()
{
    static char buffer[65536];
    for (;;) {
        ssize_t const count = read(0, buffer, sizeof buffer);
        if (count <= 0)
            return count < 0;
        for (ssize_t done = 0; done < count;) {
            ssize_t const written =
                write(1, buffer + done, static_cast<size_t>(count - done));
            if (written < 0)
                return 1;
            done += written;
        }
    }
}
