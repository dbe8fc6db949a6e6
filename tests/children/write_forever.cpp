// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Writes lines that say "y" for as long as somebody reads.
#include <unistd.h>

int main()
{
    for (;;)
        if (write(1, "y\n", 2) < 0)
            return 1;
}
