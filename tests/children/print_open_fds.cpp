// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints the numbers of the open descriptors, ascending, with a blank between.
// The one that the list is read with is not among them.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <vector>

int main()
{
    DIR* directory = opendir("/proc/self/fd");
    if (directory == nullptr)
        return 1;
    std::vector<int> numbers;
    while (dirent const* entry = readdir(directory)) {
        int const fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(directory))
            numbers.push_back(fd);
    }
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i)
        printf(i == 0 ? "%d" : " %d", numbers[i]);
    printf("\n");
}
