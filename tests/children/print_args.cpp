// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints each argument in angle brackets, one per line.
#include <stdio.h>

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i)
        printf("<%s>\n", argv[i]);
}
