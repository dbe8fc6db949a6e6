// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints the whole environment in its order, one variable per line.
#include <stdio.h>
#include <unistd.h>

int main()
{
    for (char** entry = environ; *entry != nullptr; ++entry)
        printf("%s\n", *entry);
}
