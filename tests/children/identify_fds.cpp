// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// identify_fds OUT: says on descriptor OUT what every other open descriptor
// below 16 is, one line each: number, device, inode, r or w or rw.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int argc, char** argv)
{
    int const out = argc > 1 ? atoi(argv[1]) : 1;
    for (int fd = 0; fd < 16; ++fd) {
        struct stat file;
        int const flags = fcntl(fd, F_GETFL);
        if (fd == out || flags < 0 || fstat(fd, &file) != 0)
            continue;
        int const mode = flags & O_ACCMODE;
        dprintf(out, "%d %lu:%lu %s\n", fd,
                static_cast<unsigned long>(file.st_dev),
                static_cast<unsigned long>(file.st_ino),
                mode == O_RDONLY   ? "r"
                : mode == O_WRONLY ? "w"
                                   : "rw");
    }
}
