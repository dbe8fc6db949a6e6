// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints who and where it is among processes, one "name: value" per line.
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main()
{
    uid_t real_user, user, saved_user;
    gid_t real_group, group, saved_group;
    getresuid(&real_user, &user, &saved_user);
    getresgid(&real_group, &group, &saved_group);
    printf("uid: %u %u %u\n", real_user, user, saved_user);
    printf("gid: %u %u %u\n", real_group, group, saved_group);
    gid_t groups[64];
    int const count = getgroups(64, groups);
    printf("groups:");
    for (int i = 0; i < count; ++i)
        printf(" %u", groups[i]);
    printf("\npid: %d\nppid: %d\npgid: %d\nsid: %d\n", getpid(), getppid(),
           getpgrp(), getsid(0));
    printf("umask: %04o\n", umask(0));
}
