// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints the name that it was called by.
#include <stdio.h>

int main(int, char** argv)
{
    printf("%s\n", argv[0]);
}
