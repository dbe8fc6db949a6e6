// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// kill_self SIGNAL: ends by that signal, without a core dump.
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    prctl(PR_SET_DUMPABLE, 0);
    int const number = argc > 1 ? atoi(argv[1]) : SIGKILL;
    signal(number, SIG_DFL); // it may be ignored, by nohup or behind a "&"
    kill(getpid(), number);
    return 100;
}
