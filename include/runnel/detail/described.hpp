// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which types have a text, for the formatters of {fmt} and std::format.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/chunks.hpp>
#include <runnel/containment.hpp>
#include <runnel/error.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/expression.hpp>
#include <runnel/job.hpp>
#include <runnel/line.hpp>
#include <runnel/output.hpp>
#include <runnel/plan.hpp>
#include <runnel/popen.hpp>
#include <runnel/program.hpp>
#include <runnel/result.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace runnel::inline v0::detail {

template <class T, class... Types>
concept one_of = (std::same_as<T, Types> || ...);

template <class T>
concept has_to_string = requires(T const& value) { to_string(value); };

/// Types whose text is that of `to_string`. The headers of these do not know
/// `std::format`.
template <class T>
concept described =
    one_of<T, ExitStatus, Containment, SpawnStep, Plan, Program, Job, Popen>
    && has_to_string<T>;

/// Types that are text, and the ones whose own header has a formatter.
template <class T>
concept text_or_described =
    described<T> || one_of<T, Word, Line, Output, CompletedProcess>
    || expression<T>;

inline std::string_view shown(Word const& word)
{
    return word.str();
}
inline std::string_view shown(Line const& line)
{
    return line;
}
inline std::string_view shown(Output const& output)
{
    return output.view();
}
inline std::string_view shown(Chunk const& chunk)
{
    return chunk.text();
}
template <has_to_string T>
auto shown(T const& value)
{
    return to_string(value);
}

} // namespace runnel::inline v0::detail
