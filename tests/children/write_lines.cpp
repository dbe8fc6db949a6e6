// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// write_lines COUNT LENGTH: writes COUNT lines of LENGTH bytes. A line begins
// with its number, from 0, if there is room for it; then x.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

static bool write_all(std::string const& bytes)
{
    for (size_t done = 0; done < bytes.size();) {
        ssize_t const written =
            write(1, bytes.data() + done, bytes.size() - done);
        if (written < 0)
            return false;
        done += static_cast<size_t>(written);
    }
    return true;
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return 99;
    long const count = atol(argv[1]);
    size_t const length = static_cast<size_t>(atol(argv[2]));
    std::string bytes;
    for (long line = 0; line < count; ++line) {
        size_t const begin = bytes.size();
        bytes.append(length, 'x').push_back('\n');
        char number[24];
        int const digits = snprintf(number, sizeof number, "%ld", line);
        if (static_cast<size_t>(digits) <= length)
            memcpy(bytes.data() + begin, number, static_cast<size_t>(digits));
        if (bytes.size() >= 65536) {
            if (!write_all(bytes))
                return 1;
            bytes.clear();
        }
    }
    return !write_all(bytes);
}
