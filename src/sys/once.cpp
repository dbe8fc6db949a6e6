// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/immortal.hpp"
#include "sys/names.hpp"

#include <thread>

namespace runnel::inline v0::sys {

bool Once::begin() noexcept
{
    int const self = own_pid();
    int seen = state_.load(std::memory_order_acquire);
    while (seen != is_done) {
        if (seen == self) { // another thread of this process is at it
            std::this_thread::yield();
            seen = state_.load(std::memory_order_acquire);
        } else if (state_.compare_exchange_weak(seen, self,
                                                std::memory_order_acquire))
            return true;
    }
    return false;
}

} // namespace runnel::inline v0::sys
