// How a child is ended before its time: the one way for every reason.
#pragma once

#include "sys/clock.hpp"

#include <runnel/teardown.hpp>

#include <chrono>
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

/// A signal with a grace period, then SIGKILL; or SIGKILL at once. A plan allocates
/// nothing: an ending cannot fail for want of memory.
class EndingPlan {
public:
    /// SIGKILL at once.
    EndingPlan() noexcept = default;

    /// Throws `std::invalid_argument` for what is no signal.
    explicit EndingPlan(Teardown const& teardown);

    /// What comes before SIGKILL, if anything.
    std::optional<EndingStep> const& request() const noexcept
    {
        return request_;
    }

    /// The signal that the plan sends first.
    int first_signal() const noexcept;

private:
    std::optional<EndingStep> request_;
};

/// One child's way to its end. Not thread safe.
class Ending {
public:
    /// Begins, or replaces what has begun: the first step is due now.
    void begin(EndingPlan const& plan) noexcept
    {
        request_ = plan.request();
        due_ = sys::Deadline::min();
        has_begun_ = true;
    }

    bool has_begun() const noexcept { return has_begun_; }

    /// When the next step is due; `never` before the first and after SIGKILL.
    sys::Deadline due() const noexcept { return due_; }

    /// Sends what is due by `now`. False if the system refuses SIGKILL: such a
    /// child cannot be ended, and must not be waited for.
    bool go_on(detail::PopenState& child, sys::Clock::time_point now) noexcept;

private:
    std::optional<EndingStep> request_; ///< if it was not sent yet
    bool has_begun_ = false;
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
