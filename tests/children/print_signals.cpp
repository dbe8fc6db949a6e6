// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints the blocked, ignored and caught signals as the kernel lists them.
#include <stdio.h>
#include <string.h>

int main()
{
    FILE* status = fopen("/proc/self/status", "r");
    char line[512];
    while (status != nullptr && fgets(line, sizeof line, status) != nullptr)
        if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0
            || strncmp(line, "SigCgt", 6) == 0)
            fputs(line, stdout);
}
