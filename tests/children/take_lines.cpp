// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// take_lines N: copies N lines, reads no byte beyond, and ends.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    for (int lines = argc > 1 ? atoi(argv[1]) : 1; lines > 0;) {
        char byte;
        if (read(0, &byte, 1) != 1)
            return 0;
        if (write(1, &byte, 1) != 1)
            return 1;
        lines -= byte == '\n';
    }
}
