// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/traced.hpp"

#include "support/watchdog.hpp"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <new>
#include <utility>

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace runnel::test {

namespace {

// --- names ---------------------------------------------------------------------------

char const* name_of(std::uint64_t number)
{
    switch (number) {
    case SYS_read: return "read";
    case SYS_write: return "write";
    case SYS_close: return "close";
    case SYS_pipe2: return "pipe2";
    case SYS_fcntl: return "fcntl";
    case SYS_fstat: return "fstat";
    case SYS_pread64: return "pread64";
    case SYS_preadv2: return "preadv2";
    case SYS_pwritev2: return "pwritev2";
    case SYS_ioctl: return "ioctl";
    case SYS_ppoll: return "ppoll";
    case SYS_clone3: return "clone3";
    case SYS_waitid: return "waitid";
    case SYS_rt_sigprocmask: return "rt_sigprocmask";
    case SYS_memfd_create: return "memfd_create";
    case SYS_eventfd2: return "eventfd2";
    case SYS_epoll_create1: return "epoll_create1";
    case SYS_epoll_ctl: return "epoll_ctl";
    case SYS_epoll_pwait: return "epoll_pwait";
    case SYS_prlimit64: return "prlimit64";
    case SYS_openat: return "openat";
    default: return nullptr;
    }
}

/// Calls whose number depends on the C library, or on chance.
bool is_left_out(std::uint64_t number)
{
    switch (number) {
    case SYS_brk:
    case SYS_mmap:
    case SYS_mremap:
    case SYS_munmap:
    case SYS_madvise:
    case SYS_mprotect:
    case SYS_futex:
    case SYS_sched_yield: return true;
    default: return false;
    }
}

// --- the traced process --------------------------------------------------------------

constexpr long mark_number = SYS_getpriority;
constexpr long mark_which = 77;

/// A call that fails, and that nothing else makes.
void mark()
{
    ::syscall(mark_number, mark_which, mark_which);
}

/// Memory that both processes see.
class Flag {
public:
    Flag()
        : memory_(::mmap(nullptr, sizeof(bool), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0))
    {
        if (memory_ == MAP_FAILED)
            throw std::bad_alloc();
    }
    Flag(Flag const&) = delete;
    Flag& operator=(Flag const&) = delete;
    ~Flag() { ::munmap(memory_, sizeof(bool)); }

    void set() { *static_cast<bool volatile*>(memory_) = true; }
    bool is_set() const { return *static_cast<bool const volatile*>(memory_); }

private:
    void* memory_;
};

[[noreturn]] void be_traced(std::function<void()> const& work, Flag& done)
{
    ::alarm(patient(60));
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
        ::_exit(1);
    ::raise(SIGSTOP);
    try {
        work();
        mark();
        work();
        done.set();
    } catch (...) {
        ::_exit(1);
    }
    ::_exit(0);
}

// --- the tracer ----------------------------------------------------------------------

class Tracer {
public:
    enum What { calls, instructions };

    Tracer(std::function<void()> const& work, What what) : what_(what)
    {
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ == 0)
            be_traced(work, done_);
    }

    /// Returns false if the process could not be traced to its good end.
    bool follow()
    {
        if (pid_ < 0 || !wait() || !WIFSTOPPED(status_))
            return false;
        auto const options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
        if (::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, options) != 0)
            return give_up();
        while (go_on()) {
            if (!WIFSTOPPED(status_))
                return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
            if (!look())
                break;
        }
        return give_up();
    }

    SystemCalls const& made() const { return made_; }
    std::uint64_t steps() const { return steps_; }

private:
    bool counts() const { return begun_ && !done_.is_set(); }

    bool wait() { return ::waitpid(pid_, &status_, 0) == pid_; }

    bool go_on()
    {
        bool const by_steps = what_ == instructions && counts();
        return ::ptrace(by_steps ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, pid_,
                        nullptr, signal_)
                == 0
            && wait();
    }

    bool look()
    {
        signal_ = 0;
        int const stopped_by = WSTOPSIG(status_);
        if (stopped_by == (SIGTRAP | 0x80))
            return look_at_call();
        if (stopped_by == SIGTRAP)
            ++steps_;
        else
            signal_ = stopped_by;
        return true;
    }

    bool look_at_call()
    {
        ::__ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof info, &info) <= 0)
            return false;
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
            return true;
        auto const number = info.entry.nr;
        if (number == mark_number && info.entry.args[0] == mark_which)
            begun_ = true;
        else if (counts() && !is_left_out(number))
            add(number);
        return true;
    }

    void add(std::uint64_t number)
    {
        auto const* const name = name_of(number);
        ++made_[name != nullptr ? name : "number " + std::to_string(number)];
    }

    bool give_up()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        return false;
    }

    What what_;
    Flag done_;
    ::pid_t pid_ = -1;
    int status_ = 0;
    long signal_ = 0; ///< to be delivered
    bool begun_ = false;
    SystemCalls made_;
    std::uint64_t steps_ = 0;
};

} // namespace

std::optional<SystemCalls> system_calls_of(std::function<void()> const& work)
{
    Tracer tracer(work, Tracer::calls);
    if (!tracer.follow())
        return {};
    return tracer.made();
}

std::optional<std::uint64_t> instructions_of(std::function<void()> const& work)
{
    Tracer tracer(work, Tracer::instructions);
    if (!tracer.follow())
        return {};
    return tracer.steps();
}

std::string to_string(SystemCalls const& calls)
{
    std::string text;
    for (auto const& [name, count] : calls)
        text += (text.empty() ? "" : ", ") + name + ' ' + std::to_string(count);
    return text;
}

} // namespace runnel::test
