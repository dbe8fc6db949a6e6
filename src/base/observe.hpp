// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <runnel/observer.hpp>

namespace runnel::inline v0 {

/// What the environment variables RUNNEL_VERBOSE and RUNNEL_TRACE ask for; null
/// (the usual case): nothing. Looks at them once, and lives as long as the process.
/// Defined in src/seen, above this room; the linker connects the two.
Observer* environment_observer() noexcept;

/// Returns `observer`, or the default observer if `observer` is null, or what the
/// environment asks for. Null: nothing watches.
Observer* observer_or_default(Observer* observer) noexcept;

/// Tells an event to `observer` and to what the environment asks for.
///
///     tell(*observer, &Observer::started, Observer::Started{...});
template <class Event>
void tell(Observer& observer, void (Observer::*told)(Event const&),
          Event const& event)
{
    (observer.*told)(event);
    auto* const other = environment_observer();
    if (other != nullptr && other != &observer)
        (other->*told)(event);
}

/// Makes the id of a run.
RunId next_run() noexcept;

} // namespace runnel::inline v0
