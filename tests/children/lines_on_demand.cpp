// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// lines_on_demand [CODE]: for each byte of stdin writes a line: "1", "2", ... At
// the end of stdin it ends with CODE.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    alarm(60);
    int line = 0;
    char byte;
    while (read(0, &byte, 1) == 1)
        if (dprintf(1, "%d\n", ++line) < 0)
            return 1;
    return argc > 1 ? atoi(argv[1]) : 0;
}
