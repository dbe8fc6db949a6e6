// How a child is ended before its time: the one way for every reason.
#pragma once

#include "sys/clock.hpp"

#include <runnel/teardown.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace runnel::inline v0 {

namespace detail {
class PopenState;
} // namespace detail

/// A signal, and how long the child then has before the next step.
struct EndingStep {
    int signal = 0;
    std::chrono::nanoseconds grace{};
};

/// Steps in order. SIGKILL follows the last one; without any it comes at once.
/// It needs no memory but its own: an ending cannot fail for want of it.
class EndingPlan {
public:
    /// SIGKILL at once.
    EndingPlan() noexcept = default;

    /// Throws `std::invalid_argument` for what is no signal.
    explicit EndingPlan(Teardown const& teardown);

    std::optional<EndingStep> step(std::size_t index) const
    {
        return index < count_ ? std::optional(steps_[index]) : std::nullopt;
    }

    bool kills_at_once() const noexcept { return count_ == 0; }

    /// What it sends first.
    int first_signal() const noexcept;

private:
    std::array<EndingStep, 1> steps_{};
    std::size_t count_ = 0;
};

/// One child's way to its end. Not thread safe.
class Ending {
public:
    /// Begins, or replaces what has begun: the first step is due now. `plan`
    /// must outlive it.
    void begin(EndingPlan const& plan) noexcept
    {
        plan_ = &plan;
        next_ = 0;
        due_ = sys::Deadline::min();
    }

    bool has_begun() const noexcept { return plan_ != nullptr; }

    /// When the next step is due; `never` before the first and after SIGKILL.
    sys::Deadline due() const noexcept { return due_; }

    /// Sends what is due by `now`. False if the system refuses SIGKILL: such a
    /// child cannot be ended, and must not be waited for.
    bool go_on(detail::PopenState& child, sys::Clock::time_point now) noexcept;

private:
    EndingPlan const* plan_ = nullptr;
    std::size_t next_ = 0;
    sys::Deadline due_ = sys::never;
};

/// Ends a child and waits for it; one that may not be killed is not waited for.
void end_and_wait(detail::PopenState& child, EndingPlan const& plan) noexcept;

/// SIGKILL, and nothing before it.
Teardown kill_at_once() noexcept;

/// Throws `std::invalid_argument` if there is no such signal. Signal 0 is allowed:
/// sending 0 only asks whether the child exists.
void check_signal(int signal);

/// The same for the signal of a teardown. There, 0 means that none is sent.
void check_teardown(Teardown const& teardown);

} // namespace runnel::inline v0
