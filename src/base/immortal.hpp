// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Static objects that are never destroyed.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace runnel::inline v0 {

/// An object that is never destroyed, for a static variable inside a function:
///
///     static Immortal<std::vector<int>> const none;
///     return none.get();
///
/// An ordinary static object is destroyed after `main`. The destructor of an
/// older static object of the user may run commands after that, and would use
/// the destroyed object. `scripts/check-static-objects.py` finds static objects
/// that need this class.
template <class T>
class Immortal {
public:
    template <class... Args>
    explicit Immortal(Args&&... args)
        : made_(new(room_) T(std::forward<Args>(args)...))
    {
    }
    Immortal(Immortal const&) = delete;
    Immortal& operator=(Immortal const&) = delete;

    T& get() const noexcept { return *made_; }

private:
    alignas(T) std::byte room_[sizeof(T)];
    T* made_;
};

} // namespace runnel::inline v0
