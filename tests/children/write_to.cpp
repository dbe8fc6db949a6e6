// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// write_to FD TEXT [FD TEXT]...: writes each text to its descriptor. The exit
// code is the error number of the first write that fails.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (write(atoi(argv[i]), argv[i + 1], strlen(argv[i + 1])) < 0)
            return errno;
}
