#pragma once

#include <runnel/observer.hpp>

namespace runnel::inline v0 {

/// `observer`, or the default one if it is null, or null.
Observer* observer_or_default(Observer* observer) noexcept;

} // namespace runnel::inline v0
