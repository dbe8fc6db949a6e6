// How what runs is ended before its time.
#pragma once

#include <runnel/detail/config.hpp>

#include <chrono>

namespace runnel::inline v0 {

/// How a job is ended before its time: a signal to every stage, some time for
/// them, SIGKILL for the rest.
struct Teardown {
    /// What is sent first; 15 is SIGTERM. 0: nothing is sent, but the grace is
    /// given. What is no signal is `std::invalid_argument` where the options are
    /// used.
    int signal = 15;

    /// From the signal to SIGKILL. Not above 0: SIGKILL is sent at once, and
    /// `signal` is not.
    std::chrono::nanoseconds grace = std::chrono::seconds(2);

    bool operator==(Teardown const&) const = default;
};

} // namespace runnel::inline v0
