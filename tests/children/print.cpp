// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints its argument, with nothing added.
#include <stdio.h>

int main(int argc, char** argv)
{
    fputs(argc > 1 ? argv[1] : "", stdout);
}
