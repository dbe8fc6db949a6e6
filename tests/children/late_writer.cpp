// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// late_writer FD: prints "now" and ends; a child of its own waits for a byte
// on descriptor FD and then prints "late".
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    int const gate = argc > 1 ? atoi(argv[1]) : 0;
    pid_t const grandchild = fork();
    if (grandchild != 0)
        return grandchild < 0 || write(1, "now", 3) != 3;
    alarm(60);
    char byte;
    return read(gate, &byte, 1) != 1 || write(1, "late", 4) != 4;
}
