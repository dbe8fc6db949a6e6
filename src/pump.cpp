#include "pump.hpp"

#include <algorithm>
#include <new>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t first_room = 4 * kib;
constexpr std::size_t first_read = 64 * kib;
constexpr std::size_t large_read = 256 * kib;
constexpr std::size_t large_pipe = 1024 * kib;
constexpr std::size_t most_per_write = 1024 * kib;

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

Feed& BytePump::feed(sys::Fd fd, std::string_view bytes)
{
    // Blocking in a write while the child waits for us to read would be the
    // end of both.
    if (auto const error = sys::set_nonblocking(fd.get()))
        throw std::system_error(error, "cannot feed a pipe");
    auto& feed = feeds_.emplace_back(Feed{std::move(fd), bytes, {}, false, {}});
    if (bytes.empty())
        feed.close();
    else if (bytes.size() > first_read && feed.large.take(large_pipe))
        sys::resize_pipe(feed.fd.get(), large_pipe);
    return feed;
}

Drain& BytePump::drain(sys::Fd fd, detail::Bytes ahead,
                       CaptureLimit const& limit)
{
    auto& drain = drains_.emplace_back();
    drain.fd = std::move(fd);
    drain.bytes = std::move(ahead);
    drain.limit = limit;
    return drain;
}

void BytePump::close_all() noexcept
{
    close_feeds();
    for (auto& drain : drains_)
        drain.close();
}

void BytePump::close_feeds() noexcept
{
    for (auto& feed : feeds_)
        feed.close();
}

bool BytePump::is_idle() const noexcept
{
    auto const is_closed = [](auto const& pipe) { return !pipe.fd; };
    return std::ranges::all_of(feeds_, is_closed)
        && std::ranges::all_of(drains_, is_closed);
}

void BytePump::keep_input() noexcept
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

void BytePump::add_items(std::vector<sys::PollItem>& items)
{
    polled_feeds_.clear();
    polled_drains_.clear();
    for (auto& feed : feeds_)
        if (feed.fd) {
            items.push_back({feed.fd.get(), true, false});
            polled_feeds_.push_back(&feed);
        }
    for (auto& drain : drains_)
        if (drain.fd) {
            items.push_back({drain.fd.get(), false, false});
            polled_drains_.push_back(&drain);
        }
}

void BytePump::move_ready(std::span<sys::PollItem const> items)
{
    auto item = items.begin();
    if (!polled_feeds_.empty()) {
        sys::SigpipeGuard guard;
        for (auto* const feed : polled_feeds_)
            if ((item++)->ready)
                write_from(*feed, guard);
    }
    for (auto* const drain : polled_drains_)
        if ((item++)->ready)
            read_into(*drain);
}

// The only pipe of all may simply block us; there is nothing to miss.
void BytePump::read_alone(Drain& drain)
{
    while (drain.fd)
        if (!read_into(drain))
            wait_until_readable(drain.fd.get()); // somebody set O_NONBLOCK
}

Drain* BytePump::only_drain() noexcept
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
        if (auto const ready = sys::poll(items_, deadline); !ready)
            throw std::system_error(ready.error, "cannot wait for a pipe");
        move_ready(items_);
        if (deadline != sys::never && sys::Clock::now() >= deadline)
            break;
    }
    return is_idle();
}

void BytePump::finish_now()
{
    close_feeds();
    for (auto& drain : drains_) {
        // No pipe holds more than this, so what is read beyond was written
        // after we began.
        for (auto most = drain.seen + large_pipe;
             drain.fd && drain.seen < most;) {
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
void BytePump::grow(Drain& drain)
{
    if (drain.large.bytes() > 0 || ++drain.full_reads < 2)
        return;
    drain.full_reads = 0;
    if (drain.large.take(large_pipe))
        sys::resize_pipe(drain.fd.get(), large_pipe);
}

// Most output is short: it gets a small buffer, and the read that finds its
// end takes what is left of that.
std::size_t BytePump::room_for(Drain const& drain, std::size_t most)
{
    if (drain.seen == 0)
        return first_room;
    return drain.was_full ? most : first_room / 4;
}

bool BytePump::read_into(Drain& drain)
{
    auto const most = drain.large.bytes() > 0 ? large_read : first_read;
    auto const tail = drain.bytes.tail(room_for(drain, most));
    auto const room = std::min(tail.size(), most);
    auto const count = sys::read_some(drain.fd.get(), tail.data(), room);
    if (!count && sys::would_block(count.error))
        return false;
    if (!count) {
        drain.close();
        throw std::system_error(count.error, "cannot read a pipe");
    }
    drain.bytes.commit(count.value);
    drain.seen += count.value;
    drain.was_full = count.value == room;
    if (drain.spilled || drain.bytes.size() > drain.limit.bytes)
        keep_within_limit(drain);
    if (count.value == most)
        grow(drain);
    else if (count.value < room)
        drain.full_reads = 0;
    if (count.value == 0) {
        drain.close();
        drain.bytes.shrink();
    }
    return true;
}

// The bound holds for what is kept; one read may lie on top of it for a moment.
void BytePump::keep_within_limit(Drain& drain)
{
    auto const most = drain.limit.bytes;
    drain.overflowed = true;
    switch (drain.limit.excess) {
    case CaptureLimit::fail:
    case CaptureLimit::keep_head:
        drain.bytes.drop_back(drain.bytes.size() - most);
        break;
    case CaptureLimit::keep_tail:
        drain.bytes.drop_front(drain.bytes.size() - most);
        break;
    case CaptureLimit::spill: spill(drain); break;
    }
}

void BytePump::spill(Drain& drain)
{
    auto const& directory = drain.limit.directory.str();
    if (!drain.spilled) {
        auto file = sys::open_unnamed_file(directory);
        if (!file)
            throw std::system_error(file.error, "cannot spill a capture to \""
                                                    + directory + '"');
        drain.spilled = std::move(file.value);
    }
    if (auto const error =
            sys::write_all(drain.spilled.get(), drain.bytes.view()))
        throw std::system_error(error, "cannot spill a capture to \""
                                           + directory + '"');
    drain.bytes.clear();
}

// A child that has closed its stdin, or has gone, has had enough: no error.
void BytePump::write_from(Feed& feed, sys::SigpipeGuard& guard)
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
