// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Time limits that pass only after a child has done something.
#pragma once

#include <runnel/error.hpp>

#include <chrono>

namespace runnel::test {

/// Calls `attempt` with longer and longer limits until it throws no
/// `TimeoutExpired`, and returns its result. For a child that must end before a
/// limit, however slow the machine is.
template <class F>
auto in_time(F attempt)
{
    using namespace std::chrono_literals;
    for (std::chrono::milliseconds limit = 50ms; limit < 10s; limit *= 3)
        try {
            return attempt(limit);
        } catch (TimeoutExpired const&) {
        }
    return attempt(10s);
}

/// The same for a limit that always passes: until `attempt` returns true, which
/// says that the child had done its part. Returns false if it never does.
template <class F>
bool at_some_limit(F attempt)
{
    using namespace std::chrono_literals;
    for (std::chrono::milliseconds limit = 50ms; limit < 10s; limit *= 3)
        if (attempt(limit))
            return true;
    return false;
}

} // namespace runnel::test
