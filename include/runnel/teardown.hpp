// How to end a job early.
#pragma once

#include <runnel/detail/config.hpp>

#include <chrono>

namespace runnel::inline v0 {

/// How to end a job early: a signal to every stage, a grace period, then
/// SIGKILL for the stages that still run.
struct Teardown {
    /// The signal that is sent first; 15 is SIGTERM. 0: no signal is sent, but
    /// the grace is given. A number that is no signal is
    /// `std::invalid_argument` where the options are used.
    int signal = 15;

    /// The time from the signal to SIGKILL. If not above 0, SIGKILL is sent at
    /// once and `signal` is not.
    std::chrono::nanoseconds grace = std::chrono::seconds(2);

    bool operator==(Teardown const&) const = default;
};

} // namespace runnel::inline v0
