// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A growing buffer of bytes whose free space is not cleared before a read.
#pragma once

#include <runnel/detail/config.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace runnel::inline v0::detail {

/// Bytes from `realloc`. The free tail is not initialised, so that output is
/// read straight into its place, and large buffers move by page tables instead
/// of copies. `std::string` can do neither before C++23, and never the second.
class RUNNEL_EXPORT Bytes {
public:
    Bytes() noexcept = default;
    explicit Bytes(std::string_view bytes) { append(bytes); }
    Bytes(Bytes const& other) { append(other.view()); }
    Bytes(Bytes&& other) noexcept { swap(other); }
    Bytes& operator=(Bytes other) noexcept
    {
        swap(other);
        return *this;
    }
    ~Bytes();

    /// The bytes end in a string: once there are many, they are kept in one,
    /// and `move_to` gives it away without a copy.
    void expect_string() noexcept { for_string_ = true; }

    /// Replaces `text` by the bytes, and leaves none here.
    void move_to(std::string& text);

    char* data() noexcept { return data_ + front_; }
    std::size_t size() const noexcept { return end_ - front_; }
    bool empty() const noexcept { return end_ == front_; }
    std::string_view view() const noexcept { return {data_ + front_, size()}; }

    /// All free bytes behind the content, at least `room`. Throws
    /// `std::bad_alloc` and leaves the content alone.
    std::span<char> tail(std::size_t room);

    /// Adds the first `count` bytes of the tail to the content.
    void commit(std::size_t count) noexcept { end_ += count; }

    void append(std::string_view bytes);

    /// Drops `count` bytes at the front; the others stay in place.
    void drop_front(std::size_t count) noexcept
    {
        front_ += count;
        if (empty())
            clear();
    }

    /// Drops `count` bytes at the back.
    void drop_back(std::size_t count) noexcept { end_ -= count; }

    void clear() noexcept { front_ = end_ = 0; }

    /// Takes over memory that the system mapped; it is only read.
    static Bytes of_mapped(std::string_view mapped) noexcept
    {
        Bytes bytes;
        bytes.data_ = const_cast<char*>(mapped.data());
        bytes.end_ = bytes.capacity_ = mapped.size();
        bytes.mapped_ = true;
        return bytes;
    }

    /// Frees memory if most of it is unused.
    void shrink() noexcept;

    void swap(Bytes& other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(front_, other.front_);
        std::swap(end_, other.end_);
        std::swap(capacity_, other.capacity_);
        std::swap(in_memory_, other.in_memory_);
        std::swap(string_, other.string_);
        std::swap(for_string_, other.for_string_);
        std::swap(mapped_, other.mapped_);
    }

private:
    void make_room(std::size_t room);
    void grow(std::size_t wanted);
    void grow_string(std::size_t needed);
    void bring_into_memory(std::size_t room) noexcept;

    char* data_ = nullptr;
    std::size_t front_ = 0; ///< where the content begins
    std::size_t end_ = 0; ///< and where it ends
    std::size_t capacity_ = 0;
    std::size_t in_memory_ = 0; ///< of a large buffer: up to here
    std::string* string_ = nullptr; ///< owns the bytes, if not null
    bool for_string_ = false; ///< see `expect_string`
    bool mapped_ = false; ///< cannot grow; its copies can
};

} // namespace runnel::inline v0::detail
