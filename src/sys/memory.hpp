// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Memory of this process.
#pragma once

#include <runnel/detail/config.hpp>

#include <span>

namespace runnel::inline v0::sys {

/// Has the kernel give the pages of `memory` now, in one call, and not one by one
/// when they are written. Where it cannot, nothing happens. The bytes of the pages
/// stay as they are.
void bring_into_memory(std::span<char> memory) noexcept;

} // namespace runnel::inline v0::sys
