// Lets range-v3 know our ranges as views. Include it in place of, or beside,
// runnel.hpp where `ranges::views` is used.
//
//     for (std::string line : cmd("ls") | lines | ranges::views::intersperse(...))
//
// Everything else works without: the ranges are handles, cheap to copy and
// default-constructible, as range-v3 0.12 wants its views. Ranges of range-v3
// may stand on the left of `|` before a command as those of the standard do.
#pragma once

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
