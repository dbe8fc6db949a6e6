// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text in HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// `text` for the content of an element or for an attribute in double quotes, with
/// nothing that controls the text around it; see `visible`.
std::string markup(std::string_view text);

/// A number of pixels or percent.
std::string coordinate(double number);

} // namespace runnel::inline v0
