// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A descriptor, and the event to wait for on it.
#pragma once

#include <runnel/detail/config.hpp>

namespace runnel::inline v0 {

/// A descriptor to wait for, as with poll(2).
struct Awaited {
    enum class For : unsigned char {
        read,
        write,
        broken, ///< the other side has closed it; nothing else
    };

    int fd = -1; ///< ignored if negative
    For what = For::read;
    bool ready = false; ///< the event has come; set before `act`
};

} // namespace runnel::inline v0
