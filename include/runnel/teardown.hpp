// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How to end what runs before its time: an ordered list of signals.
//
//     run(e, {.timeout = 1h, .stop = token,
//             .teardown = {{SIGINT, 1s}, {SIGTERM, 5s}}});
#pragma once

#include <runnel/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>

namespace runnel::inline v0 {

/// One step of a `Teardown`: a signal, and the time until the next step.
struct TeardownStep {
    /// The signal that is sent; 15 is SIGTERM. 0: no signal is sent, but the
    /// grace is given.
    int signal = 15;

    /// How long the child has after the signal. A step whose grace is not above
    /// 0 is left out.
    std::chrono::nanoseconds grace = std::chrono::seconds(2);

    bool operator==(TeardownStep const&) const = default;
};

/// How to end what runs before its time: steps that are taken in order while it
/// still runs. SIGKILL always comes after the last step.
///
/// A value; copies share the steps. Threads may read one object at once.
class RUNNEL_EXPORT Teardown {
public:
    /// SIGTERM, two seconds of grace, then SIGKILL.
    constexpr Teardown() noexcept = default;

    /// Throws `std::invalid_argument` for a number that is no signal. Steps
    /// from SIGKILL on are left out. Empty braces, as in `{.teardown = {}}`, are
    /// the default; for SIGKILL at once, write `Teardown::kill()`.
    Teardown(std::initializer_list<TeardownStep> steps)
        : Teardown(std::span(steps.begin(), steps.size()))
    {
    }

    /// The same; `steps` is copied. Without steps, SIGKILL comes at once.
    explicit Teardown(std::span<TeardownStep const> steps);

    /// SIGKILL at once.
    static Teardown kill() noexcept
    {
        Teardown now;
        now.count_ = 0;
        return now;
    }

    /// What comes before SIGKILL. Valid as long as this object or a copy lives
    /// unchanged.
    std::span<TeardownStep const> steps() const noexcept;

    /// The time from the first step to SIGKILL; `max()`: for ever.
    std::chrono::nanoseconds grace() const noexcept;

    bool operator==(Teardown const& other) const noexcept;

    // No moves: a copy is as cheap, and leaves the other one whole.
    Teardown(Teardown const&) noexcept = default;
    Teardown& operator=(Teardown const&) noexcept = default;
    ~Teardown() = default;

private:
    /// Shared, so that a copy allocates nothing: an ending cannot fail for want
    /// of memory. Null: the default step.
    std::shared_ptr<TeardownStep const[]> steps_{};
    std::size_t count_ = 1;
};

} // namespace runnel::inline v0
