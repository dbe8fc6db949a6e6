// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Memory that lines are read into.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace runnel::inline v0::detail {

/// Holds the bytes from the begin of the current line on, in one piece.
///
/// A read goes to the begin of a page, where the kernel copies fastest, and
/// always to the same page, which stays in the cache. The part of a line that
/// was read before lies in front of that page. Only a long line makes the
/// buffer grow. When many bytes have come without a very long line, it gets small
/// again.
class LineBuffer {
public:
    /// Returns room for `wanted` bytes behind the content; some bytes behind
    /// the room are readable. Drops the bytes in front of `line` and moves the
    /// rest, with `line`, if that makes room. If it throws `std::bad_alloc`,
    /// nothing has changed.
    std::span<char> room(char const*& line, std::size_t wanted);

    void commit(std::size_t count) noexcept
    {
        end_ += count;
        unneeded_ += count;
    }

    char const* end() const noexcept { return end_; }
    std::size_t capacity() const noexcept { return capacity_; }

private:
    static constexpr std::size_t page = 4096;
    static constexpr std::size_t looked_at = 64; ///< readable behind the room

    struct Free {
        void operator()(char* memory) const noexcept;
    };

    static std::size_t pages(std::size_t bytes) noexcept;

    std::size_t room_behind() const noexcept
    {
        return static_cast<std::size_t>(memory_.get() + capacity_ - end_);
    }
    void move(char const*& line, char* to);
    bool is_oversized() const noexcept;
    bool replace(char const*& line, std::size_t wanted) noexcept;

    std::unique_ptr<char, Free> memory_;
    std::size_t capacity_ = 0;
    std::size_t unneeded_ = 0; ///< bytes read since an eighth of it was needed
    char* end_ = nullptr;
};

} // namespace runnel::inline v0::detail
