// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// gated_copy FD: prints "ready", waits for a byte on descriptor FD, and only
// then copies stdin to stdout.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    alarm(60);
    static char buffer[65536];
    int const gate = argc > 1 ? atoi(argv[1]) : 0;
    if (write(1, "ready", 5) != 5 || read(gate, buffer, 1) != 1)
        return 1;
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
