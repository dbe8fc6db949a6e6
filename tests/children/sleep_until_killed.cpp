// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// sleep_until_killed [TEXT]: says "r", or TEXT, when it is ready; then sleeps.
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    alarm(60);
    char const* const text = argc > 1 ? argv[1] : "r";
    if (write(1, text, strlen(text)) < 0)
        return 1;
    for (;;)
        pause();
}
