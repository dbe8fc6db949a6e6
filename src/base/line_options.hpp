// What is asked of `LineOptions` before any line is cut.
#pragma once

#include <runnel/line.hpp>

namespace runnel::inline v0::detail {

/// Throws `std::invalid_argument` for options that contradict each other.
void check(LineOptions const& options);

} // namespace runnel::inline v0::detail
