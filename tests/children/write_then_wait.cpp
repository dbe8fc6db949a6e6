// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// write_then_wait TEXT: writes TEXT to stdout, then waits to be killed, with
// its stdout open.
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    alarm(60);
    if (argc != 2)
        return 2;
    size_t const size = strlen(argv[1]);
    if (write(1, argv[1], size) != static_cast<ssize_t>(size))
        return 1;
    for (;;)
        pause();
}
