// Memory that lines are read into.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace runnel::inline v0::detail {

/// Holds the bytes from the begin of a line on, in one piece.
///
/// What is read lands at the begin of a page, where the kernel copies fastest,
/// and always at the same one, which stays in the cache; the begin of a line
/// that was cut off lies in front of it. Only a long line makes it grow.
class LineBuffer {
public:
    /// At least `wanted` bytes behind the content, with some more that may be
    /// looked at. Drops what lies in front of `line` and moves the rest, with
    /// `line`. Throws `std::bad_alloc`, with all as it was.
    std::span<char> room(char const*& line, std::size_t wanted);

    void commit(std::size_t count) noexcept { end_ += count; }

    char const* end() const noexcept { return end_; }

private:
    static constexpr std::size_t page = 4096;
    static constexpr std::size_t looked_at = 64; ///< behind what is read

    struct Free {
        void operator()(char* memory) const noexcept;
    };

    static std::size_t pages(std::size_t bytes) noexcept;

    std::size_t room_behind() const noexcept
    {
        return static_cast<std::size_t>(memory_.get() + capacity_ - end_);
    }
    void move(char const*& line, char* to);
    void grow(char const*& line, std::size_t wanted);

    std::unique_ptr<char, Free> memory_;
    std::size_t capacity_ = 0;
    char* end_ = nullptr;
};

} // namespace runnel::inline v0::detail
