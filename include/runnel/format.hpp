// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// std::format for types of runnel, where the standard library has <format> (libstdc++ 13
// and newer, libc++ 17 and newer; elsewhere this header declares nothing). Not part of
// <runnel/runnel.hpp>.
//
//     std::format("{}: {:>20}", e, done.stages[0].status)
//
// The text is that of `to_string`: of expressions, results, plans, programs,
// `ExitStatus`, `Containment`, `SpawnStep`; lines, output, chunks and words are text
// themselves. Secrets are masked. Width, fill, alignment and precision are as for strings.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/described.hpp>
#include <runnel/detail/format.hpp>

#ifdef RUNNEL_HAS_FORMAT

/// Formats the text of `to_string`, a word as it is shown.
template <class T>
    requires runnel::detail::described<T> || std::same_as<T, runnel::Word>
struct std::formatter<T> : std::formatter<std::string_view> {
    template <class Context>
    auto format(T const& value, Context& context) const
    {
        return std::formatter<std::string_view>::format(
            runnel::detail::shown(value), context);
    }
};

#endif
