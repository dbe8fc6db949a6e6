// How what runs is ended before its time.
#pragma once

#include <runnel/detail/config.hpp>

#include <chrono>

namespace runnel::inline v0 {

/// How a job is ended before its time: a signal to every stage, some time for
/// them, SIGKILL for the rest.
struct Teardown {
    int signal = 15; ///< SIGTERM
    std::chrono::nanoseconds grace = std::chrono::seconds(2);
};

} // namespace runnel::inline v0
