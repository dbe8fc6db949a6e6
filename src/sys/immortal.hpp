// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Static objects that are never destroyed.
#pragma once

#include <atomic>
#include <cstddef>
#include <new>

namespace runnel::inline v0::sys {

/// Makes one thread do something, and the others wait until it is done. If a fork
/// leaves that thread behind, the first thread of the new process to come does it
/// instead. `std::call_once`, and the guard of a static variable, would wait for ever
/// there. Processes are told apart by their ids, so a fork into a new namespace, where
/// parent and child may both be 1, is not covered. Not for a child of vfork(2), nor for
/// code that may come back here while it does it; the others are busy as they wait.
class Once {
public:
    /// Returns true if the caller must do it, and then call one of the other two;
    /// false once it is done.
    bool begin() noexcept;

    void done() noexcept { state_.store(is_done, std::memory_order_release); }

    /// It failed: the next caller tries again.
    void give_up() noexcept { state_.store(0, std::memory_order_release); }

    bool has_been_done() const noexcept
    {
        return state_.load(std::memory_order_acquire) == is_done;
    }

private:
    static constexpr int is_done = -1;

    std::atomic<int> state_{0}; ///< or the process whose thread does it
};

/// An object that is made when it is first needed and never destroyed, for a static
/// variable inside a function:
///
///     static constinit sys::Immortal<std::vector<int>> none;
///     return none.get([] { return std::vector<int>(); });
///
/// An ordinary static object is destroyed after `main`. The destructor of an
/// older static object of the user may run commands after that, and would use
/// the destroyed object. And a process that another thread forks while the object is
/// made could never use it; see `Once`. `scripts/check-static-objects.py` finds static
/// objects that need this class.
template <class T>
class Immortal {
public:
    constexpr Immortal() noexcept = default;
    Immortal(Immortal const&) = delete;
    Immortal& operator=(Immortal const&) = delete;

    /// The object, which `make()` returns at the first call.
    template <class Make>
    T& get(Make make)
    {
        if (!once_.has_been_done() && once_.begin())
            fill(make);
        return *std::launder(reinterpret_cast<T*>(room_));
    }

private:
    template <class Make>
    void fill(Make& make)
    try {
        ::new (static_cast<void*>(room_)) T(make());
        once_.done();
    } catch (...) {
        once_.give_up();
        throw;
    }

    Once once_;
    alignas(T) std::byte room_[sizeof(T)]{};
};

} // namespace runnel::inline v0::sys
