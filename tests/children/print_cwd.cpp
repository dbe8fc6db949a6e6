// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints the current directory.
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int main()
{
    char path[PATH_MAX];
    if (getcwd(path, sizeof path) == nullptr)
        return 1;
    printf("%s\n", path);
}
