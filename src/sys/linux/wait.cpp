// Waiting for a child and signalling it.
//
// A wait first looks without collecting (WNOWAIT) and without the lock, and
// then collects under the lock. So while a thread holds the lock, an
// uncollected child keeps its pid, and a signal sent under the lock cannot
// reach another process.
#include "sys/clock.hpp"
#include "sys/linux/calls.hpp"
#include "sys/linux/poll.hpp"
#include "sys/poll.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/process.hpp"
#include "sys/result.hpp"

#include <algorithm>
#include <thread>

#include <sys/wait.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

std::chrono::microseconds to_duration(::timeval time)
{
    return std::chrono::seconds(time.tv_sec)
         + std::chrono::microseconds(time.tv_usec);
}

ExitStatus to_status(::siginfo_t const& info)
{
    switch (info.si_code) {
    case CLD_EXITED: return ExitStatus::of_code(info.si_status);
    case CLD_KILLED: return ExitStatus::of_signal(info.si_status);
    case CLD_DUMPED: return ExitStatus::of_signal(info.si_status, true);
    default: return ExitStatus::unknown();
    }
}

ResourceUsage to_usage(::rusage const& usage)
{
    return {to_duration(usage.ru_utime), to_duration(usage.ru_stime),
            usage.ru_maxrss};
}

/// True if waiting by pidfd itself is refused: by an old kernel, or a sandbox.
bool knows_no_pidfd(int result)
{
    return result == -EINVAL || result == -ENOSYS || result == -EPERM
        || result == -EACCES;
}

int wait_for(int pid, int pidfd, ::siginfo_t* info, int options,
             ::rusage* usage = nullptr)
{
    auto const wait_by = [&](int kind, int id) {
        return uninterrupted([&] {
            return calls().waitid(kind, id, info, WEXITED | options, usage);
        });
    };
    if (pidfd < 0)
        return wait_by(P_PID, pid);
    int const result = wait_by(P_PIDFD, pidfd);
    return knows_no_pidfd(result) ? wait_by(P_PID, pid) : result;
}

// By pid, a waiter that blocks could mistake a later child with the same pid
// for this one.
bool block_until_ended(int pidfd)
{
    if (pidfd < 0)
        return false;
    ::siginfo_t info{};
    return !knows_no_pidfd(uninterrupted([&] {
        return calls().waitid(P_PIDFD, pidfd, &info, WEXITED | WNOWAIT,
                              nullptr);
    }));
}

/// From a status in the form of wait(2).
ExitStatus of_wait_status(int status)
{
    if (WIFEXITED(status))
        return ExitStatus::of_code(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return ExitStatus::of_signal(WTERMSIG(status), WCOREDUMP(status) != 0);
    return ExitStatus::unknown();
}

/// Without a pidfd, only asking again tells whether one child has ended; the
/// pauses grow longer.
void pause(std::chrono::nanoseconds& length, Deadline deadline)
{
    using namespace std::chrono_literals;
    auto const next = std::min(deadline, Clock::now() + length);
    ::timespec const limit = until(next);
    calls().ppoll(nullptr, 0, &limit);
    length = std::min<std::chrono::nanoseconds>(length * 2, 20ms);
}

} // namespace

void Process::adopt(int pid, Fd pidfd) noexcept
{
    pid_ = pid;
    pidfd_ = std::move(pidfd);
    live_pidfd_ = pidfd_.get();
    live_pid_ = pid;
}

std::optional<Exit> Process::seen() const
{
    std::lock_guard const lock(mutex_);
    return exit_;
}

// --- the descriptor ------------------------------------------------------------

int Process::pollable()
{
    std::lock_guard const lock(mutex_);
    open_pidfd();
    return pidfd_.get();
}

int Process::watchable() const
{
    std::lock_guard const lock(mutex_);
    return exit_ ? -1 : pidfd_.get();
}

void Process::open_pidfd()
{
    if (pidfd_ || exit_)
        return;
    auto pidfd = above_standard_or_none(calls().pidfd_open(pid_));
    if (!pidfd || !is_ours(pidfd.get()))
        return;
    pidfd_ = std::move(pidfd);
    is_shed_ = false;
    live_pidfd_ = pidfd_.get();
}

// If other code of this process has collected the child, its pid may now belong
// to another process, or to a later child of that other code.
bool Process::is_ours(int pidfd) const noexcept
{
    ::siginfo_t info{};
    if (wait_for(pid_, pidfd, &info, WNOHANG | WNOWAIT) < 0)
        return false;
    long const known = file_number_.load();
    return known == 0 || calls().file_number(pidfd) == known;
}

// A call of `forward` that has announced itself may still use the descriptor.
void Process::drop_pidfd() noexcept
{
    if (watchers_ > 0 || !pidfd_)
        return;
    live_pidfd_ = -1;
    end_forwarding();
    pidfd_.reset();
    is_shed_ = false;
}

void Process::shed() noexcept
{
    std::lock_guard const lock(mutex_);
    if (!pidfd_)
        return;
    file_number_ = std::max(calls().file_number(pidfd_.get()), 0L);
    is_shed_ = true;
    drop_pidfd();
}

Process::Watch::Watch(Process& process) : process_(process)
{
    std::lock_guard const lock(process_.mutex_);
    process_.open_pidfd();
    fd_ = process_.pidfd_.get();
    ++process_.watchers_;
}

Process::Watch::~Watch()
{
    std::lock_guard const lock(process_.mutex_);
    --process_.watchers_;
    if (process_.exit_ || process_.is_shed_)
        process_.drop_pidfd();
}

// --- forwarding ------------------------------------------------------------------

// A call of `forward` runs to its end without waiting for anything.
void Process::end_forwarding() noexcept
{
    while (forwarding_.load() != 0)
        std::this_thread::yield();
}

void Process::forward(int number) noexcept
{
    int const old_errno = errno;
    forwarding_.fetch_add(1);
    int const pidfd = live_pidfd_.load();
    if (live_pid_.load() > 0) {
        if (pidfd >= 0)
            calls().pidfd_send_signal(pidfd, number);
        else
            signal_by_pid(number);
    }
    forwarding_.fetch_sub(1);
    errno = old_errno;
}

// --- waiting -----------------------------------------------------------------------

bool Process::has_ended() const
{
    ::siginfo_t info{};
    int const result = wait_for(pid_, pidfd_.get(), &info, WNOHANG | WNOWAIT);
    return result == -ECHILD || info.si_pid != 0;
}

namespace {

/// From Linux 6.15 on, a pidfd still knows how a child ended that other code
/// has collected. The status appears some microseconds after the collection.
/// Until then the child has no status, or does not exist.
bool ask_pidfd(int pidfd, int& status)
{
    using namespace std::chrono_literals;
    auto const until = Clock::now() + 50ms;
    for (;;) {
        int const result = calls().pidfd_exit_status(pidfd, &status);
        bool const may_come = result == -ENODATA || result == -ESRCH;
        if (!may_come || Clock::now() >= until)
            return result == 0;
        std::this_thread::yield();
    }
}

} // namespace

Exit Process::collected_by_others() const
{
    int status = 0;
    bool const is_known = pidfd_ && ask_pidfd(pidfd_.get(), status);
    return {is_known ? of_wait_status(status) : ExitStatus::unknown(),
            {},
            Clock::now()};
}

// ECHILD: the child was collected by other code of this process, or SIGCHLD is
// ignored. The child has ended.
std::optional<Exit> Process::reap_now(bool known_to_have_ended)
{
    std::lock_guard const lock(mutex_);
    if (exit_)
        return exit_;
    if (!known_to_have_ended && !has_ended())
        return {};
    live_pid_ = 0;
    end_forwarding();
    ::siginfo_t info{};
    ::rusage usage{};
    int const result = wait_for(pid_, pidfd_.get(), &info, WNOHANG, &usage);
    if (result == -ECHILD)
        exit_ = collected_by_others();
    else if (info.si_pid != 0)
        exit_ = Exit{to_status(info), to_usage(usage), Clock::now()};
    if (exit_)
        drop_pidfd();
    else
        live_pid_ = pid_;
    return exit_;
}

std::optional<Exit> Process::wait(Deadline deadline)
{
    if (auto known = seen())
        return known;
    if (deadline == Deadline::min())
        return reap_now(false);
    Watch const watch(*this);
    if (deadline == never && block_until_ended(watch.fd()))
        if (auto exit = reap_now(true))
            return exit;
    return collect(deadline, watch.fd());
}

// If a tracer holds a child that has ended, the descriptor of the child is
// ready, but there is nothing to collect yet. Then, and without a descriptor,
// ask rarely.
std::optional<Exit> Process::collect(Deadline deadline, int pidfd)
{
    auto pause_length = std::chrono::nanoseconds(std::chrono::microseconds(50));
    for (;;) {
        if (auto exit = reap_now(false))
            return exit;
        if (Clock::now() >= deadline)
            return {};
        PollItem item{pidfd};
        bool const may_poll = pidfd >= 0 && bool(poll({&item, 1}, deadline));
        if (item.ready)
            if (auto exit = reap_now(true))
                return exit;
        if (!may_poll || item.ready)
            pause(pause_length, deadline);
    }
}

Result<bool> Process::signal(int number)
{
    std::lock_guard const lock(mutex_);
    if (exit_)
        return {{}, false};
    int const result = pidfd_ ? calls().pidfd_send_signal(pidfd_.get(), number)
                              : signal_by_pid(number);
    if (result == -ESRCH)
        return {{}, false};
    return {code_if_negative(result), result >= 0};
}

// A pidfd stands for one process for ever, a pid does not: other code of this
// process may collect the child between the check of the pid and the signal. So
// the signal goes through a checked pidfd, if one can be opened.
int Process::signal_by_pid(int number) const noexcept
{
    Fd const pidfd(calls().pidfd_open(pid_));
    if (pidfd)
        return is_ours(pidfd.get())
                 ? calls().pidfd_send_signal(pidfd.get(), number)
                 : -ESRCH;
    ::siginfo_t info{};
    int const result = wait_for(pid_, -1, &info, WNOHANG | WNOWAIT);
    return result < 0 ? -ESRCH : calls().kill(pid_, number);
}

} // namespace runnel::inline v0::sys
