#include "io/pump.hpp"
#include "sys/file.hpp"
#include "sys/pipe.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t first_room = 4 * kib;
constexpr std::size_t first_read = 64 * kib;
constexpr std::size_t large_read = 256 * kib;
constexpr std::size_t large_pipe = 1024 * kib;
constexpr auto moment = std::chrono::microseconds(500);
constexpr std::size_t most_per_write = 1024 * kib;

void wait_until_readable(int fd)
{
    sys::PollItem item{fd};
    static_cast<void>(sys::poll({&item, 1}, sys::never));
}

} // namespace

void Feed::close() noexcept
{
    out.close();
    large.give_back();
    if (ring)
        ring->abandon();
}

void Drain::close() noexcept
{
    fd.reset();
    large.give_back();
}

// Blocking in a write while the child waits for us to read would be the end of
// both.
Feed& BytePump::feed(sys::Fd fd, std::string_view bytes)
{
    auto& feed = feeds_.emplace_back();
    feed.out = Outlet(std::move(fd));
    feed.rest = bytes;
    if (bytes.empty())
        feed.close();
    else if (bytes.size() > first_read && feed.large.take(large_pipe))
        sys::resize_pipe(feed.out.fd(), large_pipe);
    return feed;
}

Feed& BytePump::feed(Outlet to, std::shared_ptr<ByteRing> ring)
{
    auto& feed = feeds_.emplace_back();
    feed.out = std::move(to);
    feed.ring = std::move(ring);
    return feed;
}

TeeCopy& BytePump::tee(TeeCopy tee)
{
    return tees_.emplace_back(std::move(tee));
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
    for (auto& feed : feeds_)
        feed.close();
    for (auto& drain : drains_)
        drain.close();
    for (auto& tee : tees_)
        tee.close();
}

void BytePump::close_input() noexcept
{
    for (auto& feed : feeds_)
        if (!feed.ring)
            feed.close();
}

bool BytePump::writes() const noexcept
{
    return std::ranges::any_of(feeds_,
                               [](Feed const& feed) { return bool(feed.out); })
        || std::ranges::any_of(tees_, &TeeCopy::is_open);
}

bool BytePump::is_idle() const noexcept
{
    return !writes() && std::ranges::all_of(drains_, [](Drain const& drain) {
        return !drain.fd;
    });
}

void BytePump::keep_input() noexcept
{
    for (auto& feed : feeds_) {
        if (!feed.out || feed.kept || feed.ring)
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
    polled_.clear();
    look_again_ = sys::never;
    auto const watch = [&](int fd, sys::Interest interest, bool& ready) {
        items.push_back({fd, interest});
        polled_.push_back(&ready);
    };
    for (auto& feed : feeds_)
        if (feed.out)
            watch(feed.out.fd(),
                  has_bytes(feed) ? sys::Interest::write
                                  : sys::Interest::broken,
                  feed.out.ready);
    for (auto& drain : drains_)
        if (drain.fd)
            watch(drain.fd.get(), sys::Interest::read, drain.ready);
    for (auto& tee : tees_)
        tee.watch(watch);
}

// A ring that had something a moment ago is looked into again soon, instead of
// being woken for each word.
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
    if (writes()) {
        sys::SigpipeGuard guard;
        for (auto& feed : feeds_)
            if (std::exchange(feed.out.ready, false))
                write_from(feed, guard);
        for (auto& tee : tees_)
            tee.move(guard);
    }
    for (auto& drain : drains_)
        if (std::exchange(drain.ready, false))
            read_into(drain);
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
    if (writes())
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

// What fails in one place keeps nobody from taking what lies in the others.
void BytePump::finish_now()
{
    std::exception_ptr failure;
    auto const attempt = [&](auto act) {
        try {
            act();
        } catch (...) {
            if (!failure)
                failure = std::current_exception();
        }
    };
    {
        sys::SigpipeGuard guard;
        for (auto& tee : tees_)
            attempt([&] { tee.finish_now(guard); });
    }
    for (auto& feed : feeds_)
        feed.close();
    for (auto& drain : drains_) {
        attempt([&] {
            // No pipe holds more than this, so what is read beyond was
            // written after we began.
            for (auto most = drain.seen + large_pipe;
                 drain.fd && drain.seen < most;) {
                sys::PollItem item{drain.fd.get()};
                auto const ready = sys::poll({&item, 1}, sys::Clock::now());
                if (!ready || ready.value == 0)
                    break;
                read_into(drain);
            }
        });
        drain.close();
    }
    if (failure)
        std::rethrow_exception(failure);
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
    drain.was_full = count.value == room;
    drain.saw(count.value);
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

void Drain::keep(std::string_view more)
{
    bytes.append(more);
    saw(more.size());
}

void Drain::saw(std::size_t count)
{
    seen += count;
    if (spilled || bytes.size() > limit.bytes)
        stay_within_limit();
}

// The bound holds for what is kept; one read may lie on top of it for a moment.
void Drain::stay_within_limit()
{
    overflowed = true;
    switch (limit.excess) {
    case CaptureLimit::fail:
    case CaptureLimit::keep_head:
        bytes.drop_back(bytes.size() - limit.bytes);
        break;
    case CaptureLimit::keep_tail:
        bytes.drop_front(bytes.size() - limit.bytes);
        break;
    case CaptureLimit::spill: spill(); break;
    }
}

void Drain::spill()
{
    auto const& directory = limit.directory.str();
    auto const fail = [&](std::error_code error) {
        throw std::system_error(error, "cannot spill a capture to \""
                                           + directory + '"');
    };
    if (!spilled) {
        auto file = sys::open_unnamed_file(directory);
        if (!file)
            fail(file.error);
        spilled = std::move(file.value);
    }
    if (auto const error = sys::write_all(spilled.get(), bytes.view()))
        fail(error);
    bytes.clear();
}

void BytePump::write_from(Feed& feed, sys::SigpipeGuard& guard)
{
    if (feed.ring)
        write_ring(feed, guard);
    else
        write_rest(feed, guard);
}

// A child that has closed its stdin, or has gone, has had enough: no error.
void BytePump::write_rest(Feed& feed, sys::SigpipeGuard& guard)
{
    auto const part = feed.rest.substr(0, most_per_write);
    auto const count = guard.write_some(feed.out.fd(), part);
    if (count)
        feed.rest.remove_prefix(count.value);
    else if (!sys::would_block(count.error))
        feed.rest = {};
    if (feed.rest.empty())
        feed.close();
}

// It may lead to a file: what cannot be written there must be told.
void BytePump::write_ring(Feed& feed, sys::SigpipeGuard& guard)
{
    auto const bytes = feed.ring->readable();
    if (bytes.empty()) { // it is over, or nobody reads what it will bring
        feed.close();
        return;
    }
    auto const count =
        guard.write_some(feed.out.fd(), bytes.substr(0, feed.out.most()));
    if (count)
        feed.ring->consume(count.value);
    else if (!sys::would_block(count.error)) {
        feed.close();
        if (count.error != std::errc::broken_pipe)
            throw std::system_error(count.error, "cannot write what C++ gave");
    }
    feed.look_again = sys::Clock::now() + moment;
    if (feed.out && feed.ring->is_over())
        feed.close();
}

} // namespace runnel::inline v0
