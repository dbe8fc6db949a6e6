// Waiting for a child and signalling it.
//
// A wait first looks without collecting (WNOWAIT), with no lock held, and then
// collects under the lock. So the pid stays the child's until the lock says
// otherwise, and a signal sent under the lock cannot reach a stranger.
#include "sys/clock.hpp"
#include "sys/linux/poll.hpp"
#include "sys/poll.hpp"
#include "sys/posix/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/process.hpp"
#include "sys/result.hpp"

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

int wait_for(int pid, int pidfd, ::siginfo_t* info, int options,
             ::rusage* usage = nullptr)
{
    int const kind = pidfd >= 0 ? P_PIDFD : P_PID;
    int const id = pidfd >= 0 ? pidfd : pid;
    return uninterrupted([&] {
        return calls().waitid(kind, id, info, WEXITED | options, usage);
    });
}

/// Without a pidfd nothing tells of one child's end but asking; ask rarely.
void pause(std::chrono::nanoseconds& length, Deadline deadline)
{
    using namespace std::chrono_literals;
    auto const next = std::min(deadline, Clock::now() + length);
    ::timespec const limit = until(next);
    calls().ppoll(nullptr, 0, &limit);
    length = std::min<std::chrono::nanoseconds>(length * 2, 20ms);
}

} // namespace

std::optional<Exit> Process::seen() const
{
    std::lock_guard const lock(mutex_);
    return exit_;
}

int Process::pollable()
{
    std::lock_guard const lock(mutex_);
    if (!pidfd_ && !exit_) {
        pidfd_ = above_standard_or_none(calls().pidfd_open(pid_));
    }
    return pidfd_.get();
}

int Process::watchable() const
{
    std::lock_guard const lock(mutex_);
    return exit_ ? -1 : pidfd_.get();
}

bool Process::has_ended() const
{
    ::siginfo_t info{};
    int const result = wait_for(pid_, pidfd_.get(), &info, WNOHANG | WNOWAIT);
    return result == -ECHILD || info.si_pid != 0;
}

// A forwarder that has announced itself may still use the pid; from then on
// none will. It runs to its end without waiting for anything.
void Process::end_forwarding() noexcept
{
    live_pid_.store(0);
    while (forwarding_.load() != 0)
        std::this_thread::yield();
}

void Process::forward(int number) noexcept
{
    int const old_errno = errno;
    forwarding_.fetch_add(1);
    if (int const pid = live_pid_.load(); pid > 0)
        calls().kill(pid, number);
    forwarding_.fetch_sub(1);
    errno = old_errno;
}

// ECHILD: the child was collected by other code of this process, or SIGCHLD is
// ignored. It has ended, nobody knows how.
std::optional<Exit> Process::reap_now(bool known_to_have_ended)
{
    std::lock_guard const lock(mutex_);
    if (exit_)
        return exit_;
    if (!known_to_have_ended && !has_ended())
        return {};
    end_forwarding();
    ::siginfo_t info{};
    ::rusage usage{};
    int const result = wait_for(pid_, pidfd_.get(), &info, WNOHANG, &usage);
    if (result == -ECHILD)
        exit_ = Exit{ExitStatus::unknown(), {}, Clock::now()};
    else if (info.si_pid != 0)
        exit_ = Exit{to_status(info), to_usage(usage), Clock::now()};
    return exit_;
}

std::optional<Exit> Process::wait(Deadline deadline)
{
    if (auto known = seen())
        return known;
    // By pid, a blocked waiter could mistake a later child for this one.
    int const pidfd = deadline == never ? pollable() : -1;
    if (pidfd < 0)
        return collect(deadline);
    ::siginfo_t info{};
    wait_for(pid_, pidfd, &info, WNOWAIT);
    return reap_now(true);
}

std::optional<Exit> Process::collect(Deadline deadline)
{
    auto pause_length = std::chrono::nanoseconds(std::chrono::microseconds(50));
    for (;;) {
        if (auto exit = reap_now(false))
            return exit;
        if (Clock::now() >= deadline)
            return {};
        PollItem item{pollable()};
        if (item.fd < 0 || !poll({&item, 1}, deadline))
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

// If other code of this process collected the child, its pid may be anybody's.
int Process::signal_by_pid(int number)
{
    ::siginfo_t info{};
    int const result = wait_for(pid_, -1, &info, WNOHANG | WNOWAIT);
    return result < 0 ? -ESRCH : calls().kill(pid_, number);
}

} // namespace runnel::inline v0::sys
