// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Waiting for a child and signalling it.
//
// A wait first looks without collecting (WNOWAIT) and without the lock, and
// then collects under the lock. So while a thread holds the lock, an
// uncollected child keeps its pid, and a signal sent under the lock cannot
// reach another process.
#include "sys/clock.hpp"
#include "sys/interrupts.hpp"
#include "sys/linux/calls.hpp"
#include "sys/linux/io_counts.hpp"
#include "sys/linux/poll.hpp"
#include "sys/poll.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/process.hpp"
#include "sys/result.hpp"

#include <algorithm>
#include <new>
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

/// `with`: the fields that are known from elsewhere.
ResourceUsage to_usage(::rusage const& usage, ResourceUsage with = {})
{
    with.user_time = to_duration(usage.ru_utime);
    with.system_time = to_duration(usage.ru_stime);
    with.max_rss_kib = usage.ru_maxrss;
    return with;
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

/// False if other code of this process has collected the leader of a container:
/// then its pid may name anything, and nothing may be sent.
bool leads(int pid, Containment level)
{
    ::siginfo_t info{};
    return level == Containment::cgroup
        || wait_for(pid, -1, &info, WNOHANG | WNOWAIT) >= 0;
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

Process::~Process() = default;

void Process::leave_list() noexcept
{
    if (std::exchange(is_listed, false))
        forget_for_signals(*this);
}

ChildProcess::~ChildProcess()
{
    leave_list();
    release();
}

void ChildProcess::adopt(int pid, Fd pidfd) noexcept
{
    pid_ = pid;
    own_ = OwnChild(pid);
    pidfd_ = std::move(pidfd);
    live_pidfd_ = pidfd_.get();
    live_pid_ = pid;
}

std::optional<Exit> ChildProcess::seen() const
{
    std::lock_guard const lock(mutex_);
    return exit_;
}

// --- the descriptor ------------------------------------------------------------

int ChildProcess::pollable()
{
    std::lock_guard const lock(mutex_);
    open_pidfd();
    return pidfd_.get();
}

int ChildProcess::watchable() const
{
    std::lock_guard const lock(mutex_);
    return exit_ ? -1 : pidfd_.get();
}

void ChildProcess::open_pidfd()
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
bool ChildProcess::is_ours(int pidfd) const noexcept
{
    ::siginfo_t info{};
    if (wait_for(pid_, pidfd, &info, WNOHANG | WNOWAIT) < 0)
        return false;
    long const known = file_number_.load();
    return known == 0 || calls().file_number(pidfd) == known;
}

// A call of `forward` that has announced itself may still use the descriptor.
void ChildProcess::drop_pidfd() noexcept
{
    if (watchers_ > 0 || !pidfd_)
        return;
    live_pidfd_ = -1;
    end_forwarding();
    pidfd_.reset();
    is_shed_ = false;
}

void ChildProcess::shed() noexcept
{
    std::lock_guard const lock(mutex_);
    if (!pidfd_)
        return;
    file_number_ = std::max(calls().file_number(pidfd_.get()), 0L);
    is_shed_ = true;
    drop_pidfd();
}

int ChildProcess::begin_watch()
{
    std::lock_guard const lock(mutex_);
    open_pidfd();
    ++watchers_;
    return pidfd_.get();
}

void ChildProcess::end_watch() noexcept
{
    std::lock_guard const lock(mutex_);
    --watchers_;
    if (exit_ || is_shed_)
        drop_pidfd();
}

// --- forwarding ------------------------------------------------------------------

// A call of `forward` runs to its end without waiting for anything.
void ChildProcess::end_forwarding() noexcept
{
    while (forwarding_.load() != 0)
        std::this_thread::yield();
}

/// Before the pid may come to name another process.
void ChildProcess::forget_pid() noexcept
{
    live_pid_ = 0;
    end_forwarding();
}

void ChildProcess::forward(int number) noexcept
{
    int const old_errno = errno;
    forwarding_.fetch_add(1);
    int const pidfd = live_pidfd_.load();
    if (live_pid_.load() > 0) {
        if (container_)
            container_->forward(pid_, number);
        else if (pidfd >= 0)
            calls().pidfd_send_signal(pidfd, number);
        else
            signal_by_pid(number);
    }
    forwarding_.fetch_sub(1);
    errno = old_errno;
}

// --- waiting -----------------------------------------------------------------------

bool ChildProcess::has_ended() const
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

Exit collected_by_others(int pidfd)
{
    int status = 0;
    bool const is_known = pidfd >= 0 && ask_pidfd(pidfd, status);
    return {is_known ? of_wait_status(status) : ExitStatus::unknown(),
            {},
            Clock::now()};
}

} // namespace

// ECHILD: the child was collected by other code of this process, or SIGCHLD is
// ignored. The child has ended.
std::optional<Exit> ChildProcess::reap_now(bool known_to_have_ended)
{
    std::lock_guard const lock(mutex_);
    if (exit_)
        return exit_;
    if (!known_to_have_ended && !has_ended())
        return {};
    bool const keeps = container_ != nullptr;
    if (!keeps)
        forget_pid();
    ResourceUsage moved; // /proc forgets a child that is collected
    if (counts_bytes_)
        add_io_counts(pid_, moved);
    ::siginfo_t info{};
    ::rusage usage{};
    int const how = keeps ? WNOHANG | WNOWAIT : WNOHANG;
    int const result = wait_for(pid_, pidfd_.get(), &info, how, &usage);
    if (result == -ECHILD)
        exit_ = collected_by_others(pidfd_.get());
    else if (info.si_pid != 0)
        exit_ = Exit{to_status(info), to_usage(usage, moved), Clock::now()};
    is_kept_ = keeps && result >= 0 && exit_;
    if (exit_)
        drop_pidfd();
    if (exit_ && !is_kept_) {
        forget_pid();
        own_.reset();
    } else
        live_pid_ = pid_;
    return exit_;
}

// Nothing tells when a group or a session is empty.
bool ChildProcess::wait_for_others(Deadline deadline) const
{
    auto length = std::chrono::nanoseconds(std::chrono::microseconds(200));
    while (container_ && container_->is_populated(pid_)) {
        if (Clock::now() >= deadline)
            return false;
        pause(length, deadline);
    }
    return true;
}

void ChildProcess::find_escaped(std::vector<Escaped>& found) const noexcept
{
    std::lock_guard const lock(mutex_);
    if (!container_ || !leads(pid_, containment_))
        return;
    try {
        container_->find_escaped(pid_, found);
    } catch (std::bad_alloc const&) { // an ending goes on without memory
    }
}

void ChildProcess::release() noexcept
{
    std::lock_guard const lock(mutex_);
    if (!container_ || !exit_)
        return;
    forget_pid();
    ::siginfo_t info{};
    if (std::exchange(is_kept_, false))
        wait_for(pid_, -1, &info, WNOHANG);
    own_.reset();
    container_.reset();
}

// The child keeps its pidfd, so a signal that is forwarded cannot reach another
// process, although the pid is free when this wait is over.
void ChildProcess::wait_as_only_user()
{
    std::lock_guard const lock(mutex_);
    if (exit_ || container_ || !pidfd_ || counts_bytes_)
        return;
    ::siginfo_t info{};
    ::rusage usage{};
    int const result = uninterrupted([&] {
        return calls().waitid(P_PIDFD, pidfd_.get(), &info, WEXITED, &usage);
    });
    if (result < 0)
        return;
    exit_ = Exit{to_status(info), to_usage(usage), Clock::now()};
    forget_pid();
    own_.reset();
    drop_pidfd();
}

std::optional<Exit> ChildProcess::wait(Deadline deadline)
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
std::optional<Exit> ChildProcess::collect(Deadline deadline, int pidfd)
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

Result<bool> ChildProcess::signal(int number)
{
    std::lock_guard const lock(mutex_);
    if (container_)
        return signal_container(number);
    if (exit_)
        return {{}, false};
    int const result = pidfd_ ? calls().pidfd_send_signal(pidfd_.get(), number)
                              : signal_by_pid(number);
    if (result == -ESRCH)
        return {{}, false};
    return {code_if_negative(result), result >= 0};
}

Result<bool> ChildProcess::signal_container(int number) noexcept
{
    if (!leads(pid_, containment_)
        || (exit_ && !container_->is_populated(pid_)))
        return {{}, false};
    int const result = container_->signal(pid_, number);
    if (result == -ESRCH)
        return {{}, false};
    return {code_if_negative(result), result >= 0};
}

// A pidfd stands for one process for ever, a pid does not: other code of this
// process may collect the child between the check of the pid and the signal. So
// the signal goes through a checked pidfd, if one can be opened.
int ChildProcess::signal_by_pid(int number) const noexcept
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
