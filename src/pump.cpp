#include "pump.hpp"

#include <algorithm>
#include <new>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t first_read = 64 * 1024;
constexpr std::size_t large_read = 256 * 1024;
constexpr std::size_t large_pipe = 1024 * 1024;
constexpr std::size_t most_per_write = 1024 * 1024;

void wait_until_readable(int fd)
{
    sys::PollItem item{fd, false, false};
    static_cast<void>(sys::poll({&item, 1}, sys::never));
}

} // namespace

void Feed::close() noexcept
{
    fd.reset();
    large.give_back();
}

void Drain::close() noexcept
{
    fd.reset();
    large.give_back();
}

Feed& Pump::feed(sys::Fd fd, std::string_view bytes)
{
    // Blocking in a write while the child waits for us to read would be the
    // end of both.
    if (auto const error = sys::set_nonblocking(fd.get()))
        throw std::system_error(error, "cannot feed a pipe");
    auto& feed = feeds_.emplace_back(Feed{std::move(fd), bytes, {}, false, {}});
    if (bytes.size() > first_read && feed.large.take(large_pipe))
        sys::resize_pipe(feed.fd.get(), large_pipe);
    return feed;
}

Drain& Pump::drain(sys::Fd fd, detail::Bytes ahead)
{
    return drains_.emplace_back(Drain{std::move(fd), std::move(ahead), 0, {}});
}

void Pump::keep_input() noexcept
{
    for (auto& feed : feeds_) {
        if (!feed.fd || feed.kept)
            continue;
        try {
            feed.owned = std::string(feed.rest);
            feed.rest = feed.owned;
            feed.kept = true;
        } catch (std::bad_alloc const&) {
            feed.rest = {};
            feed.close();
        }
    }
}

std::size_t Pump::collect_items()
{
    items_.clear();
    std::size_t open = 0;
    for (auto const& feed : feeds_) {
        items_.push_back({feed.fd.get(), true, false});
        open += bool(feed.fd);
    }
    for (auto const& drain : drains_) {
        items_.push_back({drain.fd.get(), false, false});
        open += bool(drain.fd);
    }
    return open;
}

void Pump::move_ready(sys::SigpipeGuard& guard)
{
    auto item = items_.begin();
    for (auto& feed : feeds_)
        if ((item++)->ready)
            write_from(feed, guard);
    for (auto& drain : drains_)
        if ((item++)->ready)
            read_into(drain);
}

// The only pipe of all may simply block us; there is nothing to miss.
void Pump::read_alone(Drain& drain)
{
    while (drain.fd)
        if (!read_into(drain))
            wait_until_readable(drain.fd.get()); // somebody set O_NONBLOCK
}

Drain* Pump::only_drain() noexcept
{
    Drain* only = nullptr;
    for (auto& feed : feeds_)
        if (feed.fd)
            return nullptr;
    for (auto& drain : drains_) {
        if (drain.fd && only != nullptr)
            return nullptr;
        if (drain.fd)
            only = &drain;
    }
    return only;
}

bool Pump::run(sys::Deadline deadline)
{
    for (auto& feed : feeds_)
        if (feed.rest.empty())
            feed.close();
    if (auto* const only = only_drain(); only && deadline == sys::never) {
        read_alone(*only);
        return true;
    }
    if (collect_items() == 0)
        return true;
    sys::SigpipeGuard guard;
    do {
        poll_items(deadline);
        move_ready(guard);
        if (collect_items() == 0)
            return true;
    } while (deadline == sys::never || sys::Clock::now() < deadline);
    return false;
}

void Pump::run_until_readable(int fd)
{
    if (collect_items() == 0)
        return;
    sys::SigpipeGuard guard;
    do {
        items_.push_back({fd, false, false});
        poll_items(sys::never);
        bool const readable = items_.back().ready;
        move_ready(guard);
        if (readable)
            return;
    } while (collect_items() > 0);
}

void Pump::poll_items(sys::Deadline deadline)
{
    auto const ready = sys::poll(items_, deadline);
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a pipe");
}

void Pump::finish_now()
{
    for (auto& feed : feeds_)
        feed.close();
    for (auto& drain : drains_) {
        // No pipe holds more than this, so what is read beyond was written
        // after we began.
        auto const most = drain.bytes.size() + large_pipe;
        while (drain.fd && drain.bytes.size() < most) {
            sys::PollItem item{drain.fd.get(), false, false};
            auto const ready = sys::poll({&item, 1}, sys::Clock::now());
            if (!ready || ready.value == 0)
                break;
            read_into(drain);
        }
        drain.close();
    }
}

// Small output costs one small pipe; a stream that fills two reads in a row is
// given a large one, if the allowance and the kernel agree.
void Pump::grow(Drain& drain)
{
    if (drain.large.bytes() > 0 || ++drain.full_reads < 2)
        return;
    drain.full_reads = 0;
    if (drain.large.take(large_pipe))
        sys::resize_pipe(drain.fd.get(), large_pipe);
}

bool Pump::read_into(Drain& drain)
{
    auto const room = drain.large.bytes() > 0 ? large_read : first_read;
    auto const tail = drain.bytes.tail(room).first(room);
    auto const count = sys::read_some(drain.fd.get(), tail.data(), room);
    if (!count && sys::would_block(count.error))
        return false;
    if (!count) {
        drain.close();
        throw std::system_error(count.error, "cannot read a pipe");
    }
    drain.bytes.commit(count.value);
    if (count.value == room)
        grow(drain);
    else
        drain.full_reads = 0;
    if (count.value == 0) {
        drain.close();
        drain.bytes.shrink();
    }
    return true;
}

// A child that has closed its stdin, or has gone, has had enough: no error.
void Pump::write_from(Feed& feed, sys::SigpipeGuard& guard)
{
    auto const part = feed.rest.substr(0, most_per_write);
    auto const count = guard.write_some(feed.fd.get(), part);
    if (count)
        feed.rest.remove_prefix(count.value);
    else if (!sys::would_block(count.error))
        feed.rest = {};
    if (feed.rest.empty())
        feed.close();
}

} // namespace runnel::inline v0
