#pragma once

#include <runnel/observer.hpp>

namespace runnel::inline v0 {

/// Returns `observer`, or the default observer if `observer` is null. The
/// default may be null too.
Observer* observer_or_default(Observer* observer) noexcept;

} // namespace runnel::inline v0
