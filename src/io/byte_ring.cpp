// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/byte_ring.hpp"

#include <algorithm>
#include <cstring>

namespace runnel::inline v0 {

// A flag and a count decide together whether a thread must be woken. The thread
// that is about to sleep sets the flag, then reads the count once more. The
// other thread sets the count, then reads the flag. In sequentially consistent
// order (the default), at least one of them sees the other's change.

ByteRing::ByteRing(sys::Waker& news, CodePlace* place)
    : news_(news), place_(place), bytes_(new char[size]) // not cleared
{
}

std::size_t ByteRing::room() const noexcept
{
    return size - (put_.load(std::memory_order_relaxed) - taken_.load());
}

bool ByteRing::put(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (abandoned_.load(std::memory_order_relaxed))
            return false;
        auto const free = room();
        if (free == 0) {
            if (!wait_for_room())
                return false;
            continue;
        }
        auto const at = put_.load(std::memory_order_relaxed) % size;
        auto const count = std::min({bytes.size(), free, size - at});
        std::memcpy(bytes_.get() + at, bytes.data(), count);
        publish(count);
        bytes.remove_prefix(count);
    }
    return true;
}

// Most pieces fit; then the reader is told only once.
bool ByteRing::put(std::string_view bytes, std::string_view end)
{
    auto const at = put_.load(std::memory_order_relaxed) % size;
    auto const count = bytes.size() + end.size();
    if (count > size - at || count > room() || abandoned_.load())
        return put(bytes) && put(end);
    std::ranges::copy(bytes, bytes_.get() + at);
    std::ranges::copy(end, bytes_.get() + at + bytes.size());
    publish(count);
    return true;
}

void ByteRing::publish(std::size_t count) noexcept
{
    put_.store(put_.load(std::memory_order_relaxed) + count);
    tell();
}

void ByteRing::tell() noexcept
{
    if (reader_sleeps_.load() && reader_sleeps_.exchange(false))
        news_.wake();
}

bool ByteRing::wait_for_room()
{
    news_.wake(); // the reader may be waiting for more bytes
    CodeWait const wait(place_, CodeState::waits_for_reader);
    std::unique_lock lock(mutex_);
    writer_sleeps_ = true;
    has_room_.wait(lock, [this] { return room() > 0 || abandoned_.load(); });
    writer_sleeps_ = false;
    return !abandoned_.load();
}

void ByteRing::finish() noexcept
{
    finished_ = true;
    tell();
}

std::string_view ByteRing::readable() const noexcept
{
    auto const taken = taken_.load(std::memory_order_relaxed);
    auto const count = put_.load() - taken;
    auto const at = taken % size;
    return {bytes_.get() + at, std::min(count, size - at)};
}

void ByteRing::consume(std::size_t count) noexcept
{
    taken_.store(taken_.load(std::memory_order_relaxed) + count);
    if (writer_sleeps_.load())
        let_writer_go_on();
}

void ByteRing::let_writer_go_on() noexcept
{
    std::lock_guard const lock(mutex_);
    has_room_.notify_one();
}

bool ByteRing::has_something() const noexcept
{
    return !readable().empty() || finished_.load();
}

bool ByteRing::has_something_or_sleeps() noexcept
{
    if (has_something())
        return true;
    reader_sleeps_ = true;
    return has_something();
}

bool ByteRing::is_over() const noexcept
{
    return finished_.load() && readable().empty();
}

void ByteRing::abandon() noexcept
{
    abandoned_ = true;
    let_writer_go_on();
}

} // namespace runnel::inline v0
