// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which children of this process are its own, and how to reap the others.
#pragma once

#include "sys/result.hpp"

#include <cstddef>
#include <utility>

namespace runnel::inline v0::sys {

/// While this object lives, a child may exist that is not known as `OwnChild` yet.
/// Never waits.
class Birth {
public:
    Birth() noexcept : phase_(begin()) {}
    Birth(Birth const&) = delete;
    Birth& operator=(Birth const&) = delete;
    ~Birth() { end(phase_); }

    /// The same in two calls.
    static int begin() noexcept;
    static void end(int begun) noexcept;

private:
    int const phase_;
};

/// While this object lives, the child with this pid is not reaped as an orphan.
/// Made during its birth; reset after the child was collected.
class OwnChild {
public:
    OwnChild() noexcept = default;
    explicit OwnChild(int pid) noexcept;
    OwnChild(OwnChild const&) = delete;
    OwnChild& operator=(OwnChild&& other) noexcept
    {
        reset();
        pid_ = std::exchange(other.pid_, 0);
        return *this;
    }
    ~OwnChild() { reset(); }

    void reset() noexcept;

private:
    int pid_ = 0;
};

/// Reaps the children that have ended and are not own ones, and returns how many.
/// One call at a time.
std::size_t reap_orphans() noexcept;

/// While this object lives, this process gets the orphans of its descendants.
class Subreaper {
public:
    /// Throws `std::system_error` if the system refuses, or does not show its
    /// children.
    Subreaper();
    Subreaper(Subreaper const&) = delete;
    Subreaper& operator=(Subreaper const&) = delete;
    ~Subreaper();

private:
    bool was_one_ = false;
};

} // namespace runnel::inline v0::sys
