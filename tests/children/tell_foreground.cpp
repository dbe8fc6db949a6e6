// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// tell_foreground: says whether its process group is the "foreground" or in the
// "background" of its terminal, or that there is "no terminal".
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main()
{
    int const terminal = open("/dev/tty", O_RDWR);
    puts(terminal < 0                       ? "no terminal"
         : tcgetpgrp(terminal) == getpgrp() ? "foreground"
                                            : "background");
}
