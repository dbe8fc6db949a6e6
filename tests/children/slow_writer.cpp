// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// slow_writer TEXT: writes it byte by byte, a millisecond apart.
#include <poll.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    for (char const* text = argc > 1 ? argv[1] : ""; *text != '\0'; ++text) {
        if (write(1, text, 1) != 1)
            return 1;
        poll(nullptr, 0, 1);
    }
}
