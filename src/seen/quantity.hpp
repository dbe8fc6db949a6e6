// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Durations, sizes and statuses as people read them.
#pragma once

#include <runnel/exit_status.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// Three digits and a unit: "312 us", "4.21 ms", "12.3 s"; from a minute on "2:03".
std::string text_of(std::chrono::nanoseconds duration);

/// "1:07" or "1:02:03", in whole seconds.
std::string clock_text(std::chrono::seconds duration);

/// "17 B", "4.21 KiB", "12.3 MiB".
std::string text_of_bytes(std::uint64_t bytes);

/// The same, or `otherwise`.
std::string text_of_bytes(std::optional<std::uint64_t> bytes,
                          std::string_view otherwise);

/// A number with `digits` behind the point; the same in every locale.
std::string decimal(double number, int digits);

} // namespace runnel::inline v0
