// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What may still be read from a pipe whose time is over.
#pragma once

#include "sys/fd.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace runnel::inline v0 {

/// Bytes that are in the pipe when its time is over are still read. Later bytes
/// are not, because a writer that never stops would keep the reader for ever.
class Leftover {
public:
    /// True if one more read is allowed. `fd` must be readable: if it holds no
    /// bytes, it is at end of file, which may be read.
    bool has_more(int fd) noexcept
    {
        auto const there = sys::bytes_to_read(fd);
        if (there == std::size_t(0))
            return true;
        if (!left_)
            left_ = there.value_or(1);
        return *left_ > 0;
    }

    /// Counts bytes that were read.
    void took(std::size_t count) noexcept
    {
        if (left_)
            *left_ -= std::min(*left_, count);
    }

private:
    std::optional<std::size_t> left_; ///< unset until the time is over
};

} // namespace runnel::inline v0
