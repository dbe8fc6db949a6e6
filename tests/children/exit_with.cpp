// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// exit_with CODE
#include <stdlib.h>

int main(int argc, char** argv)
{
    return argc > 1 ? atoi(argv[1]) : 0;
}
