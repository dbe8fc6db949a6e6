// Cancelling C++ code that a job runs in a thread: in-process stages.
#pragma once

#include "sys/poll.hpp"

#include <atomic>

namespace runnel::inline v0::detail {

class CancelFlag {
public:
    std::atomic<bool> asked{false};
    std::atomic<bool> input_over{
        false}; ///< input ends where no more is there now
    sys::Waker waker; ///< readable from then on
};

/// Thrown through C++ in a thread of a job where that waits for something and
/// nobody wants more of it. No `std::exception`, and swallowed by the job: the
/// input that ends early must not look like one that is complete.
struct Cancelled {};

/// While it lives, what this thread waits for inside the library ends when
/// `flag` asks.
class CancelScope {
public:
    explicit CancelScope(CancelFlag const& flag) noexcept;
    CancelScope(CancelScope const&) = delete;
    CancelScope& operator=(CancelScope const&) = delete;
    ~CancelScope();

    /// Of this thread: a descriptor to wait for as well; -1 without a scope.
    static int fd() noexcept;

    static bool asked() noexcept;

    /// True if what C++ reads ends where there is no more now.
    static bool input_is_over() noexcept;

    /// Throws `Cancelled` if it asks.
    static void check();

private:
    CancelFlag const* outer_;
};

} // namespace runnel::inline v0::detail
