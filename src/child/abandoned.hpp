// Children that were let go, reaped when they have ended.
#pragma once

#include "child/popen_state.hpp"

#include <memory>

namespace runnel::inline v0 {

/// Lets a child go. It is kept until `reap_abandoned` finds that it has ended;
/// then its observer, if it has one, is told.
void abandon(std::unique_ptr<detail::PopenState> child) noexcept;

/// Collects abandoned children that have ended. Looks at a few of them at a
/// time, so that it costs the same however many there are; one load if there
/// are none.
void reap_abandoned() noexcept;

} // namespace runnel::inline v0
