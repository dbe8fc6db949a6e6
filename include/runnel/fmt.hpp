// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Formatters of {fmt} for types of runnel; fmt 9 and newer. Link runnel::fmt. Not part of
// <runnel/runnel.hpp>.
//
//     fmt::print("{}: {:>20}\n", e, done.stages[0].status);
//
// The text is that of `to_string`: of expressions, results, plans, programs,
// `ExitStatus`, `Containment`, `SpawnStep`; lines, output, chunks and words are text
// themselves. Secrets are masked. Width, fill, alignment and precision are as for strings.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/described.hpp>

#include <fmt/format.h>

namespace runnel::inline v0::detail {

/// Formats the text of `to_string`, or the text that the value is.
template <class T>
struct FmtText : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(T const& value, Context& context) const
    {
        auto const text = shown(value);
        return fmt::formatter<fmt::string_view>::format(
            fmt::string_view(text.data(), text.size()), context);
    }
};

} // namespace runnel::inline v0::detail

template <runnel::detail::text_or_described T>
struct fmt::formatter<T, char> : runnel::detail::FmtText<T> {};

// Not by the template above: <fmt/ranges.h> has one for every range, which fits as well.
template <>
struct fmt::formatter<runnel::Chunk, char>
    : runnel::detail::FmtText<runnel::Chunk> {};
