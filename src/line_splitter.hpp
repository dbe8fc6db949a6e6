// Bytes into lines: pure, knows neither files nor processes.
#pragma once

#include <runnel/detail/bytes.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace runnel::inline v0 {

/// Takes bytes in pieces of any size and gives lines; the same lines for any
/// pieces.
class LineSplitter {
public:
    /// Where the next bytes go. Ends the current line.
    std::span<char> tail()
    {
        drop_line();
        return buffer_.tail(room).first(room);
    }

    /// Says how many bytes came; none is the end of the input.
    void commit(std::size_t count)
    {
        buffer_.commit(count);
        ended_ = count == 0;
    }

    bool ended() const noexcept { return ended_; }

    /// Finds the next line in what is there. After the end of the input, what
    /// is left counts as a line, unless it is empty.
    bool next(bool keep_end)
    {
        drop_line();
        auto const text = buffer_.view();
        auto const at = text.find('\n', searched_);
        if (at == text.npos && (!ended_ || text.empty())) {
            searched_ = text.size();
            return false;
        }
        bool const has_end = at != text.npos;
        used_ = has_end ? at + 1 : text.size();
        searched_ = 0;
        line_ = text.substr(0, used_ - (has_end && !keep_end));
        return true;
    }

    /// The line found last, until the next call of `tail` or `next`.
    std::string_view line() const noexcept { return line_; }

private:
    static constexpr std::size_t room = 256 * 1024;

    void drop_line()
    {
        buffer_.drop_front(used_);
        used_ = 0;
        line_ = {};
    }

    detail::Bytes buffer_;
    std::string_view line_;
    std::size_t used_ = 0; ///< bytes of the current line
    std::size_t searched_ = 0; ///< bytes known to hold no newline
    bool ended_ = false;
};

} // namespace runnel::inline v0
