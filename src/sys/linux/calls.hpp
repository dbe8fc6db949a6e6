// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The one table through which every call to the kernel goes.
//
// Entries follow the kernel's own convention: a negative result is an error
// number, so no caller reads `errno`. The entries for a child do not touch
// `errno`, because the child may share memory with us. A test replaces the
// table to make any call fail.
#pragma once

#include "sys/posix/calls.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

struct clone_args;
struct epoll_event;

namespace runnel::inline v0::posix {

/// The signal set of the kernel: signal N is bit N-1.
using SignalSet = unsigned long long;

inline constexpr SignalSet all_signals = ~SignalSet{0};

constexpr SignalSet signal_bit(int signal)
{
    return SignalSet{1} << (signal - 1);
}

struct Calls : PosixCalls {
    // Used by this process, beside those of POSIX.
    int (*pipe2)(int* fds, int flags);
    /// For files that support RWF_NOWAIT. These two never wait, even if the
    /// descriptor is blocking. They move the position as read and write do.
    long (*read_now)(int fd, void* into, std::size_t room);
    long (*write_now)(int fd, void const* from, std::size_t count);
    /// These two never wait.
    long (*tee)(int from, int to, std::size_t most);
    long (*splice)(int from, int to, std::size_t most);
    int (*ppoll)(::pollfd* items, unsigned count, ::timespec const* timeout);
    int (*sigprocmask)(int how, SignalSet const* set, SignalSet* old);
    int (*sigpending)(SignalSet* set);
    int (*sigtimedwait)(SignalSet const* set, ::timespec const* timeout);
    long (*clone3)(clone_args* args, int (*child)(void*), void* argument);
    int (*futex_wait)(int* word, int while_equal);
    int (*waitid)(int kind, int id, ::siginfo_t* info, int options,
                  ::rusage* usage);
    int (*pidfd_open)(int pid);
    int (*pidfd_send_signal)(int pidfd, int signal);
    /// The exit status of a collected child, in the form of wait(2).
    int (*pidfd_exit_status)(int pidfd, int* status);
    int (*eventfd)(unsigned count, int flags);
    int (*epoll_create)(int flags);
    int (*epoll_ctl)(int epoll, int operation, int fd, ::epoll_event* event);
    /// What is ready; -1 milliseconds: waits without limit.
    int (*epoll_wait)(int epoll, ::epoll_event* events, int most,
                      int milliseconds);
    /// Of terminals. `argument` may be an address.
    int (*ioctl)(int fd, unsigned long request, long argument);
    /// With `into`, the argument is that pointer, else `value`.
    int (*prctl)(int option, void* into, unsigned long value);
    int (*memfd_create)(char const* name, unsigned flags);

    // Used by a child before it executes its program: raw system calls only.
    int (*child_close)(int fd);
    int (*child_open)(char const* path, int flags, unsigned mode);
    int (*child_fcntl)(int fd, int command, long argument);
    long (*child_write)(int fd, void const* from, std::size_t count);
    int (*child_sigprocmask)(int how, SignalSet const* set, SignalSet* old);
    int (*dup3)(int from, int to, int flags);
    int (*chdir)(char const* path);
    int (*umask)(unsigned mask);
    int (*setsid)();
    int (*setpgid)(int pid, int group);
    int (*setgroups)(std::size_t count, unsigned const* groups);
    int (*setregid)(unsigned real, unsigned effective);
    int (*setreuid)(unsigned real, unsigned effective);
    /// Sets the default action (`SIG_DFL`) unless the signal is ignored and
    /// `also_ignored` is false.
    int (*reset_signal)(int signal, bool also_ignored);
    /// Any other system call of an action (child_action.hpp).
    long (*child_syscall)(long number, long a, long b, long c, long d);
    int (*close_range)(unsigned first, unsigned last, unsigned flags);
    int (*unshare)(unsigned flags);
    long (*fd_limit)();
    long (*getdents)(int fd, void* into, std::size_t room);
    int (*execve)(char const* path, char const* const* args,
                  char const* const* environment);
};

/// The table whose entries call the kernel.
Calls const& native_calls() noexcept;

/// The table in use.
Calls const& calls() noexcept;

/// Puts another table in place, for tests; null restores the native one. The
/// table must live until it is replaced and no call is under way.
void replace_calls(Calls const* table) noexcept;

} // namespace runnel::inline v0::posix
