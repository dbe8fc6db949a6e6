// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What getdents64 fills a buffer with.
#pragma once

namespace runnel::inline v0::posix {

struct DirectoryEntry { // linux_dirent64
    unsigned long long inode;
    long long offset;
    unsigned short length;
    unsigned char type;
    char name[1];
};

/// The number that a name is; -1 for a name that is not a number.
static inline int to_number(char const* text) noexcept
{
    int number = -1;
    for (; *text >= '0' && *text <= '9'; ++text)
        number = (number < 0 ? 0 : number) * 10 + (*text - '0');
    return *text == '\0' ? number : -1;
}

} // namespace runnel::inline v0::posix
