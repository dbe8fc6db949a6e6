// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What no library can beat. Shares no code with runnel, on purpose.
#include "../contenders.hpp"
#include "../raw.hpp"

#include <array>

#include <linux/sched.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

namespace bench::floor {

namespace {

struct Child {
    char const* path;
    int in = -1;  ///< becomes stdin, unless negative
    int out = -1; ///< becomes stdout
    int error = 0;
};

// --- system calls that leave errno alone: the child shares it with us --------

#if defined(__x86_64__)

[[gnu::always_inline]] inline long call(long number, long a, long b, long c)
{
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c)
                 : "rcx", "r11", "memory");
    return result;
}

// The child is on a new, empty stack: it cannot return, only call.
[[gnu::always_inline]] inline long
clone_calling(clone_args& args, void (*entry)(Child*), Child* child)
{
    long result;
    asm volatile("syscall\n\t"
                 "test %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "xor %%ebp, %%ebp\n\t"
                 "mov %[child], %%rdi\n\t"
                 "call *%[entry]\n\t"
                 "ud2\n"
                 "1:"
                 : "=a"(result)
                 : "a"(SYS_clone3), "D"(&args),
                   "S"(sizeof args), [entry] "r"(entry), [child] "r"(child)
                 : "rcx", "r11", "memory", "cc");
    return result;
}

#elif defined(__aarch64__)

[[gnu::always_inline]] inline long call(long number, long a, long b, long c)
{
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    asm volatile("svc #0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2)
                 : "memory", "cc");
    return x0;
}

[[gnu::always_inline]] inline long
clone_calling(clone_args& args, void (*entry)(Child*), Child* child)
{
    register long x8 asm("x8") = SYS_clone3;
    register clone_args* x0 asm("x0") = &args;
    register std::size_t x1 asm("x1") = sizeof args;
    asm volatile("svc #0\n\t"
                 "cbnz x0, 1f\n\t"
                 "mov x29, #0\n\t"
                 "mov x0, %[child]\n\t"
                 "blr %[entry]\n\t"
                 "brk #0\n"
                 "1:"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), [entry] "r"(entry), [child] "r"(child)
                 : "x30", "memory", "cc");
    return reinterpret_cast<long>(x0);
}

#else
#error "the floor needs the system calls of this architecture"
#endif

// --- the child ---------------------------------------------------------------

void take_place(int fd, int target)
{
    if (fd >= 0)
        call(SYS_dup3, fd, target, 0);
}

void execute(Child* child)
{
    take_place(child->in, 0);
    take_place(child->out, 1);
    char const* const args[] = {child->path, nullptr};
    long const error =
        call(SYS_execve, reinterpret_cast<long>(child->path),
             reinterpret_cast<long>(&args), reinterpret_cast<long>(environ));
    child->error = static_cast<int>(-error);
    call(SYS_exit, 127, 0, 0);
}

// --- the parent --------------------------------------------------------------

/// `pidfd`, if given, gets a descriptor of the child.
::pid_t start(Child& child, int* pidfd = nullptr)
{
    alignas(64) char stack[4096];
    clone_args args{};
    args.flags = CLONE_VM | CLONE_VFORK;
    if (pidfd != nullptr) {
        args.flags |= CLONE_PIDFD;
        args.pidfd = reinterpret_cast<unsigned long>(pidfd);
    }
    args.exit_signal = SIGCHLD;
    args.stack = reinterpret_cast<unsigned long>(&stack[0]);
    args.stack_size = sizeof stack;
    long const pid = clone_calling(args, execute, &child);
    if (pid < 0)
        throw std::system_error(static_cast<int>(-pid), std::generic_category(),
                                "clone3");
    return static_cast<::pid_t>(pid);
}

void wait_for(::pid_t pid)
{
    ::siginfo_t info{};
    require(::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED) == 0,
            "waitid");
}

} // namespace

void spawn(std::string const& path)
{
    Child child{path.c_str()};
    wait_for(start(child));
    if (child.error != 0)
        throw std::runtime_error("it did not start");
}

void miss(std::string const& path)
{
    Child child{path.c_str()};
    wait_for(start(child));
    if (child.error != ENOENT)
        throw std::runtime_error("it was found");
}

void chain(std::string const& path, unsigned stages)
{
    std::array<::pid_t, 64> pids{};
    int in = -1;
    for (unsigned i = 0; i < stages; ++i) {
        int ends[2] = {-1, -1};
        if (i + 1 < stages)
            require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        Child child{path.c_str(), in, ends[1]};
        pids.at(i) = start(child);
        close_if_open(in);
        close_if_open(ends[1]);
        in = ends[0];
    }
    for (unsigned i = 0; i < stages; ++i)
        wait_for(pids.at(i));
}

namespace {

/// Reaps the children that an epoll descriptor says have ended. A child that is
/// about to execute still has copies of our descriptors, so closing one does not end
/// its events.
unsigned reap_ready(int epoll)
{
    std::array<::epoll_event, 64> events;
    int const count =
        ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    require(count > 0, "epoll_wait");
    for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
        ::siginfo_t info{};
        int const pidfd = events.at(i).data.fd;
        require(::waitid(P_PIDFD, static_cast<::id_t>(pidfd), &info, WEXITED)
                    == 0,
                "waitid");
        ::epoll_ctl(epoll, EPOLL_CTL_DEL, pidfd, nullptr);
        ::close(pidfd);
    }
    return static_cast<unsigned>(count);
}

} // namespace

void many(std::string const& path, unsigned count, unsigned at_once)
{
    int const epoll = ::epoll_create1(EPOLL_CLOEXEC);
    require(epoll >= 0, "epoll_create1");
    for (unsigned started = 0, ended = 0; ended < count;) {
        for (; started < count && started - ended < at_once; ++started) {
            int pidfd = -1;
            Child child{path.c_str()};
            start(child, &pidfd);
            ::epoll_event event{};
            event.events = EPOLLIN;
            event.data.fd = pidfd;
            require(::epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) == 0,
                    "epoll_ctl");
        }
        ended += reap_ready(epoll);
    }
    ::close(epoll);
}

void capture(std::string const& path)
{
    int ends[2] = {-1, -1};
    require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    Child child{path.c_str(), -1, ends[1]};
    auto const pid = start(child);
    ::close(ends[1]);
    auto const bytes = read_to_end(ends[0]);
    ::close(ends[0]);
    wait_for(pid);
    expect_said(bytes);
}

} // namespace bench::floor
