// What may still be read of a pipe whose time is over.
#pragma once

#include "sys/fd.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace runnel::inline v0 {

/// What lies in the pipe when its time is over is still read; what comes after
/// that is not, or a writer that never stops would keep us for ever.
class Leftover {
public:
    /// True if one more read may be made. `fd` is readable: if there are no
    /// bytes, that is its end, which may be seen. Where the system does not tell
    /// how many bytes there are, one read may be made.
    bool has_more(int fd) noexcept
    {
        auto const there = sys::bytes_to_read(fd);
        if (there == std::size_t(0))
            return true;
        if (!left_)
            left_ = there.value_or(1);
        return *left_ > 0;
    }

    /// So many bytes were read.
    void took(std::size_t count) noexcept
    {
        if (left_)
            *left_ -= std::min(*left_, count);
    }

private:
    std::optional<std::size_t> left_; ///< nothing before the time is over
};

} // namespace runnel::inline v0
