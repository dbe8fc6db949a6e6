// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Waking a poll loop, and being watched by the event loop of another library.
#include "sys/fd.hpp"
#include "sys/linux/calls.hpp"
#include "sys/poll.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

std::uint32_t epoll_events_of(Interest interest) noexcept
{
    switch (interest) {
    case Interest::read: return EPOLLIN;
    case Interest::write: return EPOLLOUT;
    case Interest::broken: break;
    }
    return 0; // errors are always reported
}

Fd checked(int fd, char const* what)
{
    if (fd < 0)
        throw SystemError(code(fd), what);
    auto lifted = above_standard(Fd(fd));
    if (!lifted)
        throw SystemError(lifted.error, what);
    return std::move(lifted.value);
}

} // namespace

Waker::Waker()
    : event_(checked(calls().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                     "cannot make an event descriptor"))
{
}

void Waker::wake() noexcept
{
    int const old_errno = errno; // a signal handler must not change it
    unsigned long long const one = 1;
    calls().write(event_.get(), &one, sizeof one);
    errno = old_errno;
}

bool Waker::clear() noexcept
{
    unsigned long long count = 0;
    return calls().read(event_.get(), &count, sizeof count) > 0;
}

EventSet::EventSet()
    : epoll_(checked(calls().epoll_create(EPOLL_CLOEXEC),
                     "cannot make an epoll descriptor"))
{
}

bool EventSet::watch(std::span<PollItem const> items)
{
    watched_.reserve(items.size());
    bool all = true;
    for (auto const& item : items) {
        if (item.fd < 0)
            continue;
        ::epoll_event event{};
        event.events = epoll_events_of(item.what);
        event.data.fd = item.fd;
        if (calls().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, item.fd, &event) < 0)
            all = false;
        else
            watched_.push_back(item.fd);
    }
    return all;
}

void EventSet::forget() noexcept
{
    for (int const fd : watched_)
        calls().epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    watched_.clear();
}

ReadySet::ReadySet()
    : epoll_(checked(calls().epoll_create(EPOLL_CLOEXEC),
                     "cannot make an epoll descriptor"))
{
}

void ReadySet::add(int fd, Number number)
{
    ::epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    int const done = calls().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    if (done < 0 && done != -EEXIST)
        throw SystemError(code(done), "cannot watch a descriptor");
}

bool ReadySet::try_add(PollItem const& item, Number number) noexcept
{
    ::epoll_event event{};
    event.events = epoll_events_of(item.what);
    event.data.u64 = number;
    return calls().epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, item.fd, &event) >= 0;
}

void ReadySet::remove(int fd) noexcept
{
    calls().epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<ReadySet::Number> ReadySet::ready(std::span<Number> into) noexcept
{
    return look(into, 0);
}

// epoll_wait counts in milliseconds, which is too coarse for a deadline.
std::span<ReadySet::Number> ReadySet::wait(std::span<Number> into,
                                           Deadline until) noexcept
{
    if (until == never)
        return look(into, -1);
    if (until != Deadline::min()) {
        PollItem item{fd()};
        static_cast<void>(poll({&item, 1}, until));
    }
    return look(into, 0);
}

std::span<ReadySet::Number> ReadySet::look(std::span<Number> into,
                                           int milliseconds) noexcept
{
    std::array<::epoll_event, 64> events;
    auto const most = std::min(into.size(), events.size());
    int const count = calls().epoll_wait(epoll_.get(), events.data(),
                                         static_cast<int>(most), milliseconds);
    for (int i = 0; i < count; ++i)
        into[static_cast<std::size_t>(i)] =
            events[static_cast<std::size_t>(i)].data.u64;
    return into.first(static_cast<std::size_t>(std::max(count, 0)));
}

} // namespace runnel::inline v0::sys
