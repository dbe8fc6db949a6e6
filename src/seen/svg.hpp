// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The picture of a plan as SVG.
#pragma once

#include <runnel/plan.hpp>
#include <runnel/result.hpp>

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// `result`: how the commands have ended, to be shown by their colour; may be null.
std::string svg_of(Plan const& plan, CompletedProcess const* result);

/// The colours of pictures and pages, light and dark, as CSS.
extern std::string_view const colours;

} // namespace runnel::inline v0
