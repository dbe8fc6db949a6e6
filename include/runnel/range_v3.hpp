// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Makes the ranges of runnel views for range-v3. Include it in place of
// runnel.hpp, or in addition, where `ranges::views` is used.
//
//     for (std::string line : cmd("ls") | lines | ranges::views::intersperse(...))
//
// Nothing else is needed: the ranges are handles, cheap to copy and
// default-constructible, as range-v3 0.12 requires of views. Ranges of range-v3
// may stand on the left of `|` in front of a command, as standard ranges may.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/runnel.hpp>

#include <range/v3/range/concepts.hpp>

namespace ranges {

template <>
inline constexpr bool enable_view<runnel::LineRange> = true;
template <>
inline constexpr bool enable_view<runnel::ChunkRange> = true;
template <>
inline constexpr bool enable_view<runnel::TaggedRange> = true;

} // namespace ranges
