// A growing buffer of bytes whose free space is not cleared before a read.
#pragma once

#include <runnel/detail/config.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace runnel::inline v0::detail {

/// Bytes from `realloc`. The free tail is not initialised, so that output is
/// read straight into its place, and large buffers move by page tables instead
/// of copies. `std::string` can do neither before C++23.
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
        std::swap(mapped_, other.mapped_);
    }

private:
    void make_room(std::size_t room);

    char* data_ = nullptr;
    std::size_t front_ = 0; ///< where the content begins
    std::size_t end_ = 0;   ///< and where it ends
    std::size_t capacity_ = 0;
    bool mapped_ = false; ///< cannot grow; its copies can
};

} // namespace runnel::inline v0::detail
