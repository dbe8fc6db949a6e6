// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// print_pipe_size FD OUT: prints on descriptor OUT how many bytes the pipe at
// descriptor FD holds.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv)
{
    if (argc != 3)
        return 99;
    dprintf(atoi(argv[2]), "%d\n", fcntl(atoi(argv[1]), F_GETPIPE_SZ));
}
