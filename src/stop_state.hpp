#pragma once

#include "sys.hpp"

#include <runnel/stop.hpp>

#include <atomic>

namespace runnel::inline v0::detail {

/// A flag that can be polled.
class StopState {
public:
    bool requested() const noexcept { return requested_.load(); }

    void request() noexcept
    {
        if (!requested_.exchange(true))
            waker_.wake();
    }

    /// Readable once it was requested, for as many loops as look.
    int fd() const noexcept { return waker_.fd(); }

private:
    std::atomic<bool> requested_{false};
    sys::Waker waker_;
};

} // namespace runnel::inline v0::detail
