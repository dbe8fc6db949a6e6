// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How an orphan is told from a child of this process. The kernel does not keep who
// a process descends from, so what is known are the own children: those that
// `spawn.cpp` makes. Everything else is an orphan, unless a birth is under way.
//
// The order closes the race between the birth of a child, its end, and its record:
//
//     birth:  begin birth; make the child; record its pid; end birth
//     here:   see that a child has ended; wait until all births that had begun by
//             then are over; look whether its pid is recorded; reap it
//
// If the child was made by a birth, that birth began before the end of the child
// was seen. So when it is over, the record is there.
#include "sys/orphans.hpp"
#include "sys/clock.hpp"
#include "sys/linux/processes.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <span>
#include <system_error>
#include <thread>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

// A fork in another thread must not copy a held lock: so there is none.

/// Births are counted in one of two phases. Those of the other phase get fewer and
/// fewer: new ones cannot keep the reaper from seeing that the old ones are over.
std::atomic<unsigned> phase{0};
std::array<std::atomic<int>, 2> births{};

/// How many own children have a pid, modulo the size. A count, not a flag: the pid
/// of a child that was just collected may be that of the next one. An orphan that
/// shares the place of an own child is left alone until that child was collected.
std::array<std::atomic<std::uint8_t>, 65536> own{};

std::atomic<std::uint8_t>& place_of(int pid) noexcept
{
    return own[static_cast<unsigned>(pid) % own.size()];
}

bool may_be_own(int pid) noexcept
{
    return place_of(pid).load() != 0;
}

bool are_over(unsigned which) noexcept
{
    constexpr auto patience = std::chrono::milliseconds(5);
    auto const until = Clock::now() + patience;
    while (births[which].load() != 0) {
        if (Clock::now() >= until)
            return false;
        std::this_thread::yield();
    }
    return true;
}

/// Waits for the births that have begun; false if they take too long.
bool births_are_over() noexcept
{
    auto const current = phase.load() & 1;
    if (!are_over(current ^ 1)) // some may be left from an earlier call
        return false;
    phase.fetch_xor(1);
    return are_over(current);
}

int wait_for(int kind, int id, ::siginfo_t& info, int options) noexcept
{
    info = {};
    return uninterrupted([&] {
        return calls().waitid(kind, id, &info, WEXITED | WNOHANG | options,
                              nullptr);
    });
}

/// A child that has ended. With a pidfd, its pid cannot come to mean another one.
struct Ended {
    int pid = 0;
    Fd pidfd;

    bool wait(int options) const noexcept
    {
        ::siginfo_t info;
        int const result = pidfd ? wait_for(P_PIDFD, pidfd.get(), info, options)
                                 : wait_for(P_PID, pid, info, options);
        return result >= 0 && info.si_pid == pid;
    }
};

constexpr std::size_t most_at_once = 64;
using EndedChildren = std::array<Ended, most_at_once>;

/// Finds children that have ended and are not known as own ones.
std::span<Ended> find_ended(EndedChildren& into) noexcept
{
    std::size_t count = 0;
    int const self = ::getpid();
    for_each_process([&](int pid) {
        auto const facts = facts_of(pid);
        if (facts.parent != self || facts.state != 'Z' || may_be_own(pid))
            return true;
        into[count] = {pid, above_standard_or_none(calls().pidfd_open(pid))};
        count += into[count].wait(WNOWAIT);
        return count < into.size();
    });
    return std::span(into).first(count);
}

bool has_ended_child() noexcept
{
    ::siginfo_t info;
    return wait_for(P_ALL, 0, info, WNOWAIT) >= 0 && info.si_pid != 0;
}

std::size_t reap_some() noexcept
{
    EndedChildren all;
    auto const ended = find_ended(all);
    if (ended.empty() || !births_are_over())
        return 0;
    std::size_t count = 0;
    for (auto const& child : ended)
        count += !may_be_own(child.pid) && child.wait(0);
    return count;
}

/// False if /proc is not mounted, or belongs to another pid namespace.
bool shows_this_process() noexcept
{
    char text[32];
    long const length =
        OpenFile("/proc/self/stat", O_RDONLY).read(text, sizeof text - 1);
    if (length <= 0)
        return false;
    text[length] = '\0';
    int pid = 0;
    return std::sscanf(text, "%d", &pid) == 1 && pid == ::getpid();
}

void check_call(int error, char const* what)
{
    if (error < 0)
        throw std::system_error(code(error), what);
}

} // namespace

int Birth::begin() noexcept
{
    for (;;) {
        auto const current = phase.load() & 1;
        births[current].fetch_add(1);
        if ((phase.load() & 1) == current)
            return static_cast<int>(current);
        births[current].fetch_sub(1);
    }
}

void Birth::end(int begun) noexcept
{
    births[static_cast<unsigned>(begun)].fetch_sub(1);
}

OwnChild::OwnChild(int pid) noexcept : pid_(pid)
{
    place_of(pid).fetch_add(1);
}

void OwnChild::reset() noexcept
{
    if (int const pid = std::exchange(pid_, 0); pid > 0)
        place_of(pid).fetch_sub(1);
}

std::size_t reap_orphans() noexcept
{
    std::size_t all = 0;
    while (has_ended_child()) {
        auto const count = reap_some();
        all += count;
        if (count == 0)
            break;
    }
    return all;
}

Subreaper::Subreaper()
{
    if (!shows_this_process())
        check_call(-ENOTSUP,
                   "cannot see orphans: /proc does not show this process");
    int before = 0;
    check_call(calls().prctl(PR_GET_CHILD_SUBREAPER, &before, 0),
               "cannot ask for orphans");
    was_one_ = before != 0;
    check_call(calls().prctl(PR_SET_CHILD_SUBREAPER, nullptr, 1),
               "cannot get orphans");
}

Subreaper::~Subreaper()
{
    if (!was_one_)
        calls().prctl(PR_SET_CHILD_SUBREAPER, nullptr, 0);
}

} // namespace runnel::inline v0::sys
