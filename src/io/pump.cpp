// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/pump.hpp"
#include "sys/pipe.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <exception>
#include <new>

namespace runnel::inline v0 {

namespace {

constexpr auto moment = std::chrono::microseconds(500);

/// Memory cannot be polled: bytes for memory move as soon as the ring has them.
bool goes_to_memory(Feed const& feed) noexcept
{
    return feed.out.is_memory() && !feed.out.is_held()
        && feed.ring->has_something();
}

/// Does several things, even if one of them throws.
class FirstFailure {
public:
    template <class Act>
    void attempt(Act act)
    {
        try {
            act();
        } catch (...) {
            if (!failure_)
                failure_ = std::current_exception();
        }
    }

    void rethrow() const
    {
        if (failure_)
            std::rethrow_exception(failure_);
    }

private:
    std::exception_ptr failure_;
};

} // namespace

void Feed::close() noexcept
{
    out.close();
    large.give_back();
    if (ring)
        ring->abandon();
}

// No write may block: if the child waits until its output is read, both would
// wait for ever.
Feed& BytePump::feed(sys::Fd fd, std::string_view bytes, Held held,
                     std::string_view first)
{
    auto& feed = feeds_.emplace_back();
    if (first.empty())
        std::swap(first, bytes);
    if (first.empty())
        return feed;
    feed.out = Outlet(std::move(fd), held);
    feed.rest = first;
    feed.next = bytes;
    if (first.size() + bytes.size() > sys::small_pipe)
        feed.large.grow(feed.out.fd(), sys::large_pipe);
    return feed;
}

Feed& BytePump::type(sys::Fd fd, std::string_view bytes, std::string_view end)
{
    auto& feed = feeds_.emplace_back();
    feed.owned = std::string(bytes).append(end);
    feed.kept = true;
    feed.rest = feed.owned;
    if (!feed.rest.empty())
        feed.out = Outlet(std::move(fd));
    return feed;
}

Feed& BytePump::feed(Outlet to, std::shared_ptr<ByteRing> ring)
{
    auto& feed = feeds_.emplace_back();
    feed.out = std::move(to);
    feed.ring = std::move(ring);
    return feed;
}

Drain& BytePump::drain(sys::Fd fd, detail::Bytes ahead,
                       CaptureLimit const& limit, Held held)
{
    auto& drain = drains_.emplace_back();
    drain.fd = std::move(fd);
    if (held == Held::by_others_too)
        drain.way = sys::Way::per_call;
    drain.bytes = std::move(ahead);
    drain.limit = limit;
    return drain;
}

void BytePump::show(Drain& drain, int fd)
{
    auto const known = std::ranges::find(shown_, fd, &OwnStream::number);
    drain.shown = known != shown_.end() ? &*known : &shown_.emplace_front(fd);
}

void BytePump::close_all() noexcept
{
    for (auto& feed : feeds_)
        feed.close();
    for (auto& drain : drains_)
        drain.close();
    for (auto const& copier : copiers_)
        copier->close();
    for (auto& stream : shown_)
        stream.close();
}

void BytePump::close_input() noexcept
{
    for (auto& feed : feeds_)
        if (!feed.ring)
            feed.close();
}

bool BytePump::close_unread_input()
{
    bool is_read = false;
    for (auto& feed : feeds_) {
        if (feed.ring || !feed.out)
            continue;
        if (sys::is_ready(feed.out.fd(), sys::Interest::broken))
            feed.close();
        else
            is_read = true;
    }
    return is_read;
}

bool BytePump::writes() const noexcept
{
    return std::ranges::any_of(feeds_,
                               [](Feed const& feed) { return bool(feed.out); })
        || std::ranges::any_of(
               copiers_, [](auto const& copier) { return copier->is_open(); });
}

bool BytePump::must_deliver() const noexcept
{
    return std::ranges::any_of(
        copiers_, [](auto const& copier) { return copier->must_deliver(); });
}

bool BytePump::is_showing() const noexcept
{
    return std::ranges::any_of(shown_, &OwnStream::is_behind);
}

bool BytePump::is_idle() const noexcept
{
    return !writes() && !is_showing()
        && std::ranges::all_of(drains_,
                               [](Drain const& drain) { return !drain.fd; });
}

void BytePump::keep_input() noexcept
{
    for (auto& feed : feeds_) {
        if (!feed.out || feed.kept || feed.ring)
            continue;
        try {
            std::string all;
            all.reserve(feed.rest.size() + feed.next.size());
            feed.owned = std::move(all.append(feed.rest).append(feed.next));
            feed.rest = feed.owned;
            feed.next = {};
            feed.kept = true;
        } catch (std::bad_alloc const&) {
            feed.rest = feed.next = {};
            feed.close();
        }
    }
}

void BytePump::add_items(std::vector<sys::PollItem>& items)
{
    polled_.clear();
    look_again_ = sys::never;
    WatchList list(items, polled_);
    for (auto& feed : feeds_) {
        if (!feed.out)
            continue;
        bool const has = has_bytes(feed);
        if (!feed.out.is_memory())
            list.add(feed.out.fd(),
                     has ? sys::Interest::write : sys::Interest::broken,
                     feed.out.ready);
        else if (has && !feed.out.is_held())
            look_again_ = sys::Clock::now(); // memory is always ready
    }
    for (auto& drain : drains_)
        if (drain.fd && !drain.is_held())
            list.add(drain.fd.get(), sys::Interest::read, drain.ready);
    for (auto const& copier : copiers_)
        copier->watch(list);
    for (auto& stream : shown_)
        if (stream.is_behind())
            list.add(stream.fd(), sys::Interest::write, stream.ready);
}

// A ring that had bytes a moment ago is checked again soon, so that it need not
// wake the loop for each word.
bool BytePump::has_bytes(Feed& feed)
{
    if (!feed.ring || feed.ring->has_something())
        return true;
    if (feed.look_again > sys::Clock::now()) {
        look_again_ = std::min(look_again_, feed.look_again);
        return false;
    }
    return feed.ring->has_something_or_sleeps();
}

void BytePump::move_ready(std::span<sys::PollItem const> items)
{
    for (std::size_t i = 0; i < polled_.size(); ++i)
        *polled_[i] = items[i].ready;
    polled_.clear();
    for (auto& stream : shown_)
        if (stream.ready)
            stream.go_on();
    if (writes()) {
        sys::SigpipeGuard guard;
        for (auto& feed : feeds_)
            if (std::exchange(feed.out.ready, false) || goes_to_memory(feed))
                write_from(feed, guard);
        for (auto const& copier : copiers_)
            copier->move(guard);
    }
    for (auto& drain : drains_)
        if (std::exchange(drain.ready, false) && !drain.is_held())
            drain.read_ready();
}

// If only one pipe is open, the read may block: there is nothing else to move.
// This is the only read of a loop that blocks on purpose: it is the loop's
// wait.
void BytePump::read_alone(Drain& drain)
{
    while (drain.fd)
        if (!drain.read_waiting())
            sys::wait_until_ready(drain.fd.get()); // other code set O_NONBLOCK
}

Drain* BytePump::only_drain() noexcept
{
    Drain* only = nullptr;
    if (writes() || is_showing())
        return nullptr;
    for (auto& drain : drains_) {
        if (drain.fd && (only != nullptr || drain.shown != nullptr))
            return nullptr;
        if (drain.fd)
            only = &drain;
    }
    return only;
}

bool BytePump::finish_only_drain()
{
    auto* const only = only_drain();
    if (only == nullptr)
        return false;
    read_alone(*only);
    return true;
}

bool BytePump::run(sys::Deadline deadline)
{
    if (deadline == sys::never && finish_only_drain())
        return true;
    while (!is_idle()) {
        items_.clear();
        add_items(items_);
        if (auto const ready =
                sys::poll(items_, std::min(deadline, look_again_));
            !ready)
            throw SystemError(ready.error, "cannot wait for a pipe");
        move_ready(items_);
        if (deadline != sys::never && sys::Clock::now() >= deadline)
            break;
    }
    return is_idle();
}

// After an error in one place, the bytes of the other places are still taken.
bool BytePump::finish_now()
{
    FirstFailure failure;
    bool all = true;
    for (auto& stream : shown_)
        failure.attempt([&] { stream.go_on(); });
    if (!copiers_.empty()) {
        sys::SigpipeGuard guard;
        for (auto const& copier : copiers_)
            if (copier->is_open()) {
                failure.attempt([&] { copier->finish_now(guard); });
                all &= copier->saw_end();
            }
    }
    for (auto& feed : feeds_) {
        all &= !feed.out;
        feed.close();
    }
    for (auto& drain : drains_) {
        failure.attempt([&] { drain.take_waiting(); });
        all &= !drain.fd;
        drain.close();
    }
    failure.rethrow();
    return all;
}

// A ring is read in two pieces, if it has come round.
void BytePump::take_words()
{
    if (!is_showing())
        return;
    sys::SigpipeGuard guard;
    for (auto& feed : feeds_)
        for (int i = 0; i < 2 && feed.out.is_memory(); ++i)
            write_ring(feed, guard);
}

void BytePump::write_from(Feed& feed, sys::SigpipeGuard& guard)
{
    if (feed.ring)
        write_ring(feed, guard);
    else
        write_rest(feed, guard);
}

// A child that has closed its stdin, or has ended, wants no more: no error.
void BytePump::write_rest(Feed& feed, sys::SigpipeGuard& guard)
{
    auto const count = feed.out.write(feed.rest, guard);
    if (count) {
        feed.rest.remove_prefix(count.value);
        detail::note_written(feed.last, count.value);
    } else if (!sys::would_block(count.error))
        feed.rest = feed.next = {};
    if (feed.rest.empty())
        feed.rest = std::exchange(feed.next, {});
    if (feed.rest.empty())
        feed.close();
}

// A ring may feed a file, so a failed write must be reported.
void BytePump::write_ring(Feed& feed, sys::SigpipeGuard& guard)
{
    auto const bytes = feed.ring->readable();
    if (bytes.empty()) { // the ring is over, or its target has no reader
        feed.close();
        return;
    }
    auto const count = feed.out.write(bytes, guard);
    if (count) {
        feed.ring->consume(count.value);
        detail::note_written(feed.last, count.value);
    } else if (!sys::would_block(count.error)) {
        feed.close();
        if (count.error != std::errc::broken_pipe)
            throw SystemError(count.error, "cannot write what C++ gave");
    }
    feed.look_again = sys::Clock::now() + moment;
    if (feed.out && feed.ring->is_over())
        feed.close();
}

} // namespace runnel::inline v0
