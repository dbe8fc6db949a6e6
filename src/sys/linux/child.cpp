// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Compiled without sanitizers and kept free of inline functions from headers: a
// child that shares our memory has no thread-local storage of its own.
#include "sys/linux/child.hpp"

#include "sys/linux/directory_entry.hpp"

#include "sys/linux/raw_syscall.hpp"

#include <runnel/resource_limit.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

namespace runnel::inline v0::posix {

namespace {

// --- the calls ---------------------------------------------------------------

int raw_close(int fd)
{
    return static_cast<int>(raw_syscall(SYS_close, fd));
}

int raw_open(char const* path, int flags, unsigned mode)
{
    return static_cast<int>(
        raw_syscall(SYS_openat, AT_FDCWD, as_long(path), flags, mode));
}

int raw_fcntl(int fd, int command, long argument)
{
    return static_cast<int>(raw_syscall(SYS_fcntl, fd, command, argument));
}

long raw_write(int fd, void const* from, std::size_t count)
{
    return raw_syscall(SYS_write, fd, as_long(from), as_long(count));
}

int raw_sigprocmask(int how, SignalSet const* set, SignalSet* old)
{
    return static_cast<int>(raw_syscall(SYS_rt_sigprocmask, how, as_long(set),
                                        as_long(old), sizeof(SignalSet)));
}

int raw_dup3(int from, int to, int flags)
{
    return static_cast<int>(raw_syscall(SYS_dup3, from, to, flags));
}

int raw_chdir(char const* path)
{
    return static_cast<int>(raw_syscall(SYS_chdir, as_long(path)));
}

int raw_umask(unsigned mask)
{
    return static_cast<int>(raw_syscall(SYS_umask, mask));
}

int raw_setsid()
{
    return static_cast<int>(raw_syscall(SYS_setsid));
}

int raw_setpgid(int pid, int group)
{
    return static_cast<int>(raw_syscall(SYS_setpgid, pid, group));
}

// The C library would change the ids of all threads, by sending signals. The
// raw calls change those of the calling thread, the only one in a child.
int raw_setgroups(std::size_t count, unsigned const* groups)
{
    return static_cast<int>(
        raw_syscall(SYS_setgroups, as_long(count), as_long(groups)));
}

int raw_setregid(unsigned real, unsigned effective)
{
    return static_cast<int>(raw_syscall(SYS_setregid, real, effective));
}

int raw_setreuid(unsigned real, unsigned effective)
{
    return static_cast<int>(raw_syscall(SYS_setreuid, real, effective));
}

// The kernel's struct sigaction, which is not the C library's.
struct KernelSigaction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    SignalSet mask;
};

int raw_reset_signal(int signal, bool also_ignored)
{
    if (!also_ignored) {
        KernelSigaction now{};
        auto const result =
            raw_syscall(SYS_rt_sigaction, signal, 0, as_long(&now), 8);
        if (result < 0)
            return static_cast<int>(result);
        if (now.handler == SIG_IGN || now.handler == SIG_DFL)
            return 0;
    }
    KernelSigaction const initial{};
    return static_cast<int>(
        raw_syscall(SYS_rt_sigaction, signal, as_long(&initial), 0, 8));
}

long raw_child_syscall(long number, long a, long b, long c, long d)
{
    return raw_syscall(number, a, b, c, d);
}

int raw_close_range(unsigned first, unsigned last, unsigned flags)
{
    return static_cast<int>(raw_syscall(SYS_close_range, first, last, flags));
}

int raw_unshare(unsigned flags)
{
    return static_cast<int>(raw_syscall(SYS_unshare, flags));
}

// The highest number a descriptor can have, plus one.
long raw_fd_limit()
{
    constexpr long most = 1'048'576;
    ::rlimit limit{};
    long const result =
        raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, as_long(&limit));
    return result < 0 || limit.rlim_max > most
             ? most
             : static_cast<long>(limit.rlim_max);
}

long raw_getdents(int fd, void* into, std::size_t room)
{
    return raw_syscall(SYS_getdents64, fd, as_long(into), as_long(room));
}

int raw_execve(char const* path, char const* const* args,
               char const* const* environment)
{
    return static_cast<int>(raw_syscall(SYS_execve, as_long(path),
                                        as_long(args), as_long(environment)));
}

// --- the steps ---------------------------------------------------------------

bool fail(ChildPlan& plan, SpawnStep step, long error) noexcept
{
    plan.report.step = step;
    plan.report.error = static_cast<int>(-error);
    return false;
}

bool check(ChildPlan& plan, SpawnStep step, long result) noexcept
{
    return result >= 0 || fail(plan, step, result);
}

// Until this is done, the table is the parent's: no other descriptor may be
// closed or moved before. The kernel leaves the hole out of the copy, so that a
// parent with 10,000 descriptors costs no more than one with ten.
bool own_the_table(ChildPlan& plan) noexcept
{
    if (!plan.shares_table)
        return true;
    if (plan.calls->close_range(plan.hole.first, plan.hole.last,
                                CLOSE_RANGE_UNSHARE)
        == 0) {
        plan.hole_closed = true;
        return true;
    }
    return check(plan, SpawnStep::close_fds, plan.calls->unshare(CLONE_FILES));
}

bool set_aside(ChildPlan& plan, ChildMove& move) noexcept
{
    int const aside = copy_aside(plan, move.source, plan.calls->child_fcntl,
                                 plan.calls->child_close);
    if (aside < 0)
        return fail(plan, SpawnStep::dup, aside);
    move.source = aside;
    return true;
}

bool stay_open(ChildPlan& plan, int fd) noexcept
{
    int const flags = plan.calls->child_fcntl(fd, F_GETFD, 0);
    if (flags < 0)
        return fail(plan, SpawnStep::dup, flags);
    return (flags & FD_CLOEXEC) == 0
        || check(plan, SpawnStep::dup,
                 plan.calls->child_fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC));
}

bool put_in_place(ChildPlan& plan, ChildMove const& move) noexcept
{
    if (move.source == move.target)
        return stay_open(plan, move.target);
    long result;
    do {
        result = plan.calls->dup3(move.source, move.target, 0);
    } while (result == -EBUSY); // an open() elsewhere is about to finish
    // The source is open, so the target is beyond the limit.
    if (result == -EBADF
        && plan.calls->child_fcntl(move.source, F_GETFD, 0) >= 0)
        result = -EMFILE;
    return check(plan, SpawnStep::dup, result);
}

bool move_descriptors(ChildPlan& plan) noexcept
{
    for (std::size_t i = 0; i < plan.move_count; ++i)
        if (plan.moves[i].aside && !set_aside(plan, plan.moves[i]))
            return false;
    for (std::size_t i = 0; i < plan.move_count; ++i)
        if (!put_in_place(plan, plan.moves[i]))
            return false;
    for (std::size_t i = 0; i < plan.kept_count; ++i)
        if (!stay_open(plan, plan.kept[i]))
            return false;
    return true;
}

bool reset_handlers(ChildPlan& plan) noexcept
{
    if (plan.handlers_cleared)
        return true;
    for (int signal = 1; signal <= 64; ++signal) {
        if (signal == SIGKILL || signal == SIGSTOP)
            continue;
        if (!check(plan, SpawnStep::signals,
                   plan.calls->reset_signal(signal, false)))
            return false;
    }
    return true;
}

// --- the actions -------------------------------------------------------------

long restore_signals(Calls const& calls) noexcept
{
    long const result = calls.reset_signal(SIGPIPE, true);
    return result < 0 ? result : calls.reset_signal(SIGXFSZ, true);
}

long ignore_signal(Calls const& calls, long signal) noexcept
{
    KernelSigaction const ignored{SIG_IGN, 0, nullptr, 0};
    return calls.child_syscall(SYS_rt_sigaction, signal, as_long(&ignored), 0,
                               sizeof ignored.mask);
}

int number_of(Resource resource) noexcept
{
    switch (resource) {
    case Resource::address_space: return RLIMIT_AS;
    case Resource::core_size: return RLIMIT_CORE;
    case Resource::cpu: return RLIMIT_CPU;
    case Resource::data: return RLIMIT_DATA;
    case Resource::file_locks: return RLIMIT_LOCKS;
    case Resource::file_size: return RLIMIT_FSIZE;
    case Resource::locked_memory: return RLIMIT_MEMLOCK;
    case Resource::message_queues: return RLIMIT_MSGQUEUE;
    case Resource::nice_ceiling: return RLIMIT_NICE;
    case Resource::open_files: return RLIMIT_NOFILE;
    case Resource::pending_signals: return RLIMIT_SIGPENDING;
    case Resource::processes: return RLIMIT_NPROC;
    case Resource::real_time_priority: return RLIMIT_RTPRIO;
    case Resource::real_time_cpu: return RLIMIT_RTTIME;
    case Resource::resident_memory: return RLIMIT_RSS;
    case Resource::stack: return RLIMIT_STACK;
    }
    return -1;
}

struct KernelLimit { // rlimit64
    unsigned long long soft;
    unsigned long long hard;
};

long set_limit(ChildPlan& plan, ResourceLimit const& wanted) noexcept
{
    auto const& calls = *plan.calls;
    int const resource = number_of(wanted.resource);
    KernelLimit limit{};
    long const result =
        calls.child_syscall(SYS_prlimit64, 0, resource, 0, as_long(&limit));
    if (result < 0)
        return result;
    // Descriptors above a lowered limit must still be closed.
    if (wanted.resource == Resource::open_files)
        plan.old_fd_limit = calls.fd_limit();
    if (wanted.soft != ResourceLimit::unchanged)
        limit.soft = wanted.soft;
    auto const hard = wanted.hard ? *wanted.hard : wanted.soft;
    if (hard != ResourceLimit::unchanged)
        limit.hard = hard;
    return calls.child_syscall(SYS_prlimit64, 0, resource, as_long(&limit), 0);
}

long add_nice(Calls const& calls, long number) noexcept
{
    // The kernel returns 20 minus the nice value, which is never negative.
    long const now =
        calls.child_syscall(SYS_getpriority, PRIO_PROCESS, 0, 0, 0);
    return now < 0 ? now
                   : calls.child_syscall(SYS_setpriority, PRIO_PROCESS, 0,
                                         20 - now + number, 0);
}

long set_idle(Calls const& calls) noexcept
{
    int const priority = 0; // all that a sched_param holds
    return calls.child_syscall(SYS_sched_setscheduler, 0, SCHED_IDLE,
                               as_long(&priority), 0);
}

// If the parent ended before the kernel was told, the child has another parent,
// and sends the signal to itself. In a process namespace of the child's own
// every parent is 0, so that this cannot be detected.
long die_with_parent(ChildPlan const& plan, long signal) noexcept
{
    auto const& calls = *plan.calls;
    long const result =
        calls.child_syscall(SYS_prctl, PR_SET_PDEATHSIG, signal, 0, 0);
    if (result < 0)
        return result;
    long const parent = calls.child_syscall(SYS_getppid, 0, 0, 0, 0);
    if (parent == plan.parent || parent <= 0)
        return 0;
    long const self = calls.child_syscall(SYS_getpid, 0, 0, 0, 0);
    return calls.child_syscall(SYS_kill, self, signal, 0, 0);
}

/// Writes this process to the membership file of a cgroup.
long enter_cgroup(Calls const& calls, char const* membership) noexcept
{
    int const fd = calls.child_open(membership, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long const written = calls.child_write(fd, "0", 1);
    calls.child_close(fd);
    return written;
}

/// Makes the group of this process, which it leads, the foreground of the
/// controlling terminal. All signals are blocked, SIGTTOU among them, which
/// would stop this process.
long take_foreground(Calls const& calls) noexcept
{
    int const terminal =
        calls.child_open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
    if (terminal < 0)
        return terminal;
    auto const group =
        static_cast<int>(calls.child_syscall(SYS_getpid, 0, 0, 0, 0));
    long const taken =
        calls.child_syscall(SYS_ioctl, terminal, TIOCSPGRP, as_long(&group), 0);
    calls.child_close(terminal);
    return taken;
}

/// Performs one action; a negative result is an error.
long perform(ChildPlan& plan, sys::ChildAction const& action) noexcept
{
    using Kind = sys::ChildAction::Kind;
    auto const& calls = *plan.calls;
    auto const number = static_cast<long>(action.number);
    auto const id = static_cast<unsigned>(action.number);
    switch (action.kind) {
    case Kind::cgroup: return enter_cgroup(calls, action.subject);
    case Kind::umask: return calls.umask(id);
    case Kind::directory: return calls.chdir(action.subject);
    case Kind::restore_signals: return restore_signals(calls);
    case Kind::ignore_signal: return ignore_signal(calls, number);
    case Kind::session: return calls.setsid();
    case Kind::terminal:
        return calls.child_syscall(SYS_ioctl, number, TIOCSCTTY, 0, 0);
    case Kind::process_group: return calls.setpgid(0, static_cast<int>(number));
    case Kind::foreground: return take_foreground(calls);
    case Kind::limit:
        return set_limit(plan, *static_cast<ResourceLimit const*>(action.data));
    case Kind::nice: return add_nice(calls, number);
    case Kind::cpus:
        return calls.child_syscall(
            SYS_sched_setaffinity, 0,
            static_cast<long>(action.count * sizeof(unsigned long)),
            as_long(action.data), 0);
    case Kind::idle: return set_idle(calls);
    case Kind::extra_groups:
        return calls.setgroups(action.count,
                               static_cast<unsigned const*>(action.data));
    case Kind::group: return calls.setregid(id, id);
    case Kind::user: return calls.setreuid(id, id);
    case Kind::no_new_privileges:
        return calls.child_syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0);
    case Kind::die_with_parent: return die_with_parent(plan, number);
    case Kind::signal_mask:
        plan.signal_mask = static_cast<SignalSet>(action.number);
        return 0;
    }
    return -EINVAL;
}

bool act(ChildPlan& plan) noexcept
{
    for (std::size_t i = 0; i < plan.action_count; ++i) {
        plan.report.action = static_cast<int>(i);
        if (!check(plan, plan.actions[i].step, perform(plan, plan.actions[i])))
            return false;
    }
    plan.report.action = -1;
    return true;
}

bool call_preexec(ChildPlan& plan) noexcept
{
    return plan.preexec == nullptr || plan.preexec(plan);
}

// --- closing what the program must not see -----------------------------------

void close_entries(ChildPlan& plan, ChildGap gap, int directory) noexcept
{
    alignas(DirectoryEntry) char buffer[1024];
    for (;;) {
        long const filled =
            plan.calls->getdents(directory, buffer, sizeof buffer);
        if (filled <= 0)
            return;
        for (long at = 0; at < filled;) {
            auto const* entry =
                reinterpret_cast<DirectoryEntry const*>(buffer + at);
            int const fd = to_number(entry->name);
            if (fd >= 0 && fd != directory
                && static_cast<unsigned>(fd) >= gap.first
                && static_cast<unsigned>(fd) <= gap.last)
                plan.calls->child_close(fd);
            at += entry->length;
        }
    }
}

void close_one_by_one(ChildPlan& plan, ChildGap gap) noexcept
{
    long highest = plan.calls->fd_limit();
    if (highest < plan.old_fd_limit)
        highest = plan.old_fd_limit;
    auto const limit = static_cast<unsigned>(highest);
    for (unsigned fd = gap.first; fd <= gap.last && fd < limit; ++fd)
        plan.calls->child_close(static_cast<int>(fd));
}

// For kernels before 5.9 and sandboxes: closes the descriptors that /proc lists
// (also above a lowered limit). Without /proc, it closes every number that the
// limit allows.
void close_gap_by_hand(ChildPlan& plan, ChildGap gap) noexcept
{
    int const directory = plan.calls->child_open(
        "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (directory < 0)
        return close_one_by_one(plan, gap);
    close_entries(plan, gap, directory);
    plan.calls->child_close(directory);
}

bool close_others(ChildPlan& plan) noexcept
{
    if (!plan.close_others)
        return true;
    for (std::size_t i = 0; i < plan.gap_count; ++i) {
        ChildGap const gap = plan.gaps[i];
        if (plan.hole_closed && gap.first == plan.hole.first
            && gap.last == plan.hole.last)
            continue;
        if (plan.calls->close_range(gap.first, gap.last, 0) != 0)
            close_gap_by_hand(plan, gap);
    }
    return true;
}

// --- the program ---------------------------------------------------------------

/// Errors that say "not here"; the next directory of PATH may have it.
bool not_found(int error) noexcept
{
    return error == -ENOENT || error == -ENOTDIR;
}

/// Errors that say "not this one": reported if no other program is found.
bool not_usable(int error) noexcept
{
    return error == -EACCES || error == -ELOOP || error == -ENAMETOOLONG
        || error == -ESTALE || error == -ENODEV || error == -ETIMEDOUT;
}

bool execute(ChildPlan& plan) noexcept
{
    plan.calls->child_sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);

    int kept_error = -ENOENT;
    int kept_candidate = 0;
    for (int i = 0; plan.candidates[i] != nullptr; ++i) {
        int const error =
            plan.calls->execve(plan.candidates[i], plan.args, plan.environment);
        bool const alone = plan.candidates[1] == nullptr;
        if (not_found(error) && !alone)
            continue;
        bool const final = !not_usable(error);
        if (final || kept_error == -ENOENT) {
            kept_error = error;
            kept_candidate = i;
        }
        if (final)
            break;
    }
    plan.report.candidate = kept_candidate;
    return fail(plan, SpawnStep::exec, kept_error);
}

// --- the report ----------------------------------------------------------------

// The lock tells the parent that no program runs yet; see report.cpp. Closing
// any descriptor of the pipe would give up the lock, so the read end is closed
// first.
void lock_report(ChildPlan& plan) noexcept
{
    if (plan.report_fd < 0)
        return;
    plan.calls->child_close(plan.report_read_end);
    struct ::flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    char const is_locked =
        plan.calls->child_fcntl(plan.report_fd, F_SETLK, as_long(&lock)) >= 0
            ? 1
            : 0;
    plan.calls->child_write(plan.report_fd, &is_locked, 1);
}

void send_report(ChildPlan& plan) noexcept
{
    if (plan.report_fd >= 0)
        plan.calls->child_write(plan.report_fd, &plan.report,
                                sizeof plan.report);
}

} // namespace

int run_child(void* argument) noexcept
{
    auto& plan = *static_cast<ChildPlan*>(argument);
    lock_report(plan);
    if (own_the_table(plan) && move_descriptors(plan) && reset_handlers(plan)
        && act(plan) && call_preexec(plan) && close_others(plan))
        execute(plan);
    send_report(plan);
    return 127;
}

bool will_be_overwritten(ChildPlan const& plan, int fd) noexcept
{
    for (std::size_t i = 0; i < plan.move_count; ++i)
        if (plan.moves[i].target == fd)
            return true;
    for (std::size_t i = 0; i < plan.kept_count; ++i)
        if (plan.kept[i] == fd)
            return true;
    return false;
}

int copy_aside(ChildPlan const& plan, int fd, int (*fcntl)(int, int, long),
               int (*close)(int)) noexcept
{
    for (int lowest = 3;;) {
        int const copy = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
        if (copy < 0) // EINVAL: the lowest number is beyond the limit
            return copy == -EINVAL ? -EMFILE : copy;
        if (!will_be_overwritten(plan, copy))
            return copy;
        close(copy);
        lowest = copy + 1;
    }
}

void add_child_calls(Calls& calls) noexcept
{
    calls.child_close = raw_close;
    calls.child_open = raw_open;
    calls.child_fcntl = raw_fcntl;
    calls.child_write = raw_write;
    calls.child_sigprocmask = raw_sigprocmask;
    calls.dup3 = raw_dup3;
    calls.chdir = raw_chdir;
    calls.umask = raw_umask;
    calls.setsid = raw_setsid;
    calls.setpgid = raw_setpgid;
    calls.setgroups = raw_setgroups;
    calls.setregid = raw_setregid;
    calls.setreuid = raw_setreuid;
    calls.reset_signal = raw_reset_signal;
    calls.child_syscall = raw_child_syscall;
    calls.close_range = raw_close_range;
    calls.unshare = raw_unshare;
    calls.fd_limit = raw_fd_limit;
    calls.getdents = raw_getdents;
    calls.execve = raw_execve;
}

} // namespace runnel::inline v0::posix
