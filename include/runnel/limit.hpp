// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Limits for captured output.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/pathname.hpp>

#include <cstddef>

namespace runnel::inline v0 {

/// How much is kept of each captured stream; enforced while reading.
struct CaptureLimit {
    enum Excess : unsigned char {
        fail,      ///< ends the job and throws `CaptureOverflow`
        keep_head, ///< keeps the first bytes; reads and drops the rest
        keep_tail, ///< keeps the last bytes
        spill, ///< moves all bytes to an unnamed file in `directory`
    };
    std::size_t bytes = static_cast<std::size_t>(-1);
    Excess excess = fail;
    Pathname directory{"/tmp"}; ///< for `spill`

    /// False for the default, which keeps all bytes.
    constexpr bool is_bounded() const noexcept
    {
        return bytes != static_cast<std::size_t>(-1);
    }
};

} // namespace runnel::inline v0
