// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/line_buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace runnel::inline v0::detail {

void LineBuffer::Free::operator()(char* memory) const noexcept
{
    std::free(memory);
}

std::span<char> LineBuffer::room(char const*& line, std::size_t wanted)
{
    auto const needed = wanted + looked_at;
    auto const rest = static_cast<std::size_t>(end_ - line);
    auto const front = pages(rest);
    // At most one page is moved, or no more than lies in front of `line`.
    bool const is_cheap =
        rest <= page || static_cast<std::size_t>(line - memory_.get()) >= rest;
    if (front + needed >= capacity_ / 8)
        unneeded_ = 0;
    if (is_oversized() && replace(line, needed))
        return {end_, wanted};
    if (capacity_ >= front + needed && is_cheap)
        move(line, memory_.get() + front - rest);
    else if (room_behind() < needed && !replace(line, needed))
        throw std::bad_alloc();
    return {end_, wanted};
}

// Not before as many bytes were read as it holds: else a large buffer would be made
// again for each long line.
bool LineBuffer::is_oversized() const noexcept
{
    constexpr std::size_t kept = std::size_t{4} * 1024 * 1024;
    return capacity_ > kept && unneeded_ > capacity_;
}

/// The size of the whole pages that hold `bytes`; one page at least.
std::size_t LineBuffer::pages(std::size_t bytes) noexcept
{
    return std::max(page, (bytes + page - 1) / page * page);
}

void LineBuffer::move(char const*& line, char* to)
{
    auto const rest = static_cast<std::size_t>(end_ - line);
    if (rest > 0)
        std::memmove(to, line, rest);
    line = to;
    end_ = to + rest;
}

// Twice the content each time, so that a long line is not moved too often.
bool LineBuffer::replace(char const*& line, std::size_t wanted) noexcept
{
    auto const rest = static_cast<std::size_t>(end_ - line);
    auto const front = pages(rest);
    auto const bytes = front + pages(std::max(wanted, rest)) + page;
    std::unique_ptr<char, Free> other(
        static_cast<char*>(std::aligned_alloc(page, bytes)));
    if (!other)
        return false;
    move(line, other.get() + front - rest);
    memory_ = std::move(other);
    capacity_ = bytes;
    unneeded_ = 0;
    return true;
}

} // namespace runnel::inline v0::detail
