// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prints how it may use the machine, one "name: value" per line.
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void print_limit(char const* name, int resource)
{
    struct rlimit limit;
    getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    printf("%s: %lld %lld\n", name, static_cast<long long>(limit.rlim_cur),
           static_cast<long long>(limit.rlim_max));
}

static void print_cpus()
{
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    printf("cpus:");
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &set))
            printf(" %d", cpu);
    printf("\n");
}

int main()
{
    struct {
        char const* name;
        int resource;
    } const limits[] = {
        {"address_space", RLIMIT_AS},
        {"core_size", RLIMIT_CORE},
        {"cpu", RLIMIT_CPU},
        {"data", RLIMIT_DATA},
        {"file_locks", RLIMIT_LOCKS},
        {"file_size", RLIMIT_FSIZE},
        {"locked_memory", RLIMIT_MEMLOCK},
        {"message_queues", RLIMIT_MSGQUEUE},
        {"nice_ceiling", RLIMIT_NICE},
        {"open_files", RLIMIT_NOFILE},
        {"pending_signals", RLIMIT_SIGPENDING},
        {"processes", RLIMIT_NPROC},
        {"real_time_priority", RLIMIT_RTPRIO},
        {"real_time_cpu", RLIMIT_RTTIME},
        {"resident_memory", RLIMIT_RSS},
        {"stack", RLIMIT_STACK},
    };
    for (auto const& limit : limits)
        print_limit(limit.name, limit.resource);
    print_cpus();
    int signal = 0;
    prctl(PR_GET_PDEATHSIG, &signal);
    printf("nice: %d\npolicy: %d\nno_new_privileges: %d\nparent_death: %d\n",
           getpriority(PRIO_PROCESS, 0), sched_getscheduler(0),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), signal);
}
