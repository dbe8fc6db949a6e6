// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text in the form of JSON.
#pragma once

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// `text` as a JSON string, in quotes. Bytes that are invalid in UTF-8 become U+FFFD.
std::string json(std::string_view text);

} // namespace runnel::inline v0
