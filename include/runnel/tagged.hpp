// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The lines that all stages of a pipeline write, each with stage and stream.
//
//     for (auto const& [stage, stream, line, time] : cmd("make") | tagged)
//         log(stage, stream == 2 ? "err" : "out", line);
//
// Every stream that is not connected otherwise is read: stderr of every
// command, and stdout of those that do not feed another command; also in the
// branches of a tee and inside of `from` and `into`. Each line comes as soon as
// it is there. Lines of one stream are in order. Lines of different streams
// come in the order in which they were seen, because the system does not tell
// which pipe was written first.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/lines.hpp>

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>

namespace runnel::inline v0 {

/// One line of one stage.
struct TaggedLine {
    /// The stage that wrote it, as an index into `CompletedProcess::stages`;
    /// `no_stage`: an in-process stage.
    std::size_t stage = no_stage;
    int stream = 1; ///< 1 for stdout, 2 for stderr
    std::string line; ///< as `LineOptions` cut it
    /// When the line was seen.
    std::chrono::steady_clock::time_point time{};

    static constexpr auto no_stage = static_cast<std::size_t>(-1);

    bool operator==(TaggedLine const&) const = default;
};

/// A lazy single-pass range of the lines of all stages. Copies are handles to
/// the same range. At its end, and if it is left early, it behaves as a
/// `LineRange`. An error, such as a line that is too long, is thrown after all
/// lines that were seen before it.
class [[nodiscard("nothing was started: write for (auto const& line : e | "
                  "tagged)")]] RUNNEL_EXPORT TaggedRange
    : public std::ranges::view_base {
public:
    class iterator;

    /// A range without lines.
    TaggedRange() noexcept = default;

    TaggedRange(Expression const& expression, LineOptions const& options);

    /// Starts the pipeline; throws as `run` does. A second call goes on after the
    /// last line that an iterator passed; after the end of the range it throws
    /// `std::logic_error`.
    iterator begin() const;
    std::default_sentinel_t end() const noexcept { return {}; }

    /// The next line, if it is there without waiting. Starts the pipeline if
    /// necessary. If there is none, `ended()` tells whether more may come. Throws
    /// what iterating throws. With `fd` and `next_deadline`, any event loop can drive
    /// a range. Not to be mixed with iterators.
    [[nodiscard(
        "the line would be lost: write auto line = range.try_next()")]] std::
        optional<TaggedLine>
        try_next();

    /// True if all lines were handed out and the processes have ended.
    bool ended() const noexcept;

    /// A descriptor that poll(2) reports as readable when `try_next` may have
    /// something to return or to do. Valid until the end of the range. Starts the
    /// pipeline.
    int fd();

    /// When `try_next` must be called even if the descriptor is not ready. Until
    /// `fd` is called for the first time, this is soon.
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

    /// The result of the stages, after the end of the range. Output that was
    /// given as lines is not in it; output that the expression itself captures
    /// is.
    CompletedProcess const& result() const;

private:
    class Source;

    std::shared_ptr<Source> source_;
};

class RUNNEL_EXPORT TaggedRange::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = TaggedLine;
    using difference_type = std::ptrdiff_t;
    using reference = TaggedLine const&;
    using pointer = TaggedLine const*;

    iterator() noexcept = default;

    /// Valid until the iterator moves on.
    TaggedLine const& operator*() const;
    TaggedLine const* operator->() const { return &**this; }

    iterator& operator++();
    void operator++(int) { ++*this; }

    friend bool operator==(iterator const& at, std::default_sentinel_t)
    {
        return at.at_end();
    }

private:
    friend class TaggedRange;

    explicit iterator(Source* source) noexcept : source_(source) {}

    bool at_end() const;

    Source* source_ = nullptr;
};

/// The result of `tagged(options)`.
struct TaggedWith {
    LineOptions options;
};

/// The type of `tagged`.
struct Tagged {
    RUNNEL_REFUSED("tagged takes options in braces: write a | tagged, a | "
                   "tagged({.check = false})",
                   TaggedWith)
    operator()(...) const RUNNEL_DELETED;

    TaggedWith operator()(LineOptions options) const
    {
        return {std::move(options)};
    }
};

/// Makes a range of all lines of all stages: `e | tagged`, or
/// `e | tagged({.check = false})`.
inline constexpr Tagged tagged{};

namespace detail {

template <>
inline constexpr bool is_output_range<TaggedRange> = true;
template <>
inline constexpr bool is_reader<Tagged> = true;
template <>
inline constexpr bool is_reader<TaggedWith> = true;
template <>
inline constexpr bool reads_all_streams<Tagged> = true;
template <>
inline constexpr bool reads_all_streams<TaggedWith> = true;

} // namespace detail

template <Ends Open, detail::reader Wanted>
    requires(detail::reads_all_streams<Wanted>)
RUNNEL_REFUSED("tagged reads stderr by itself: write a | tagged", TaggedRange)
operator|(StderrOf<Open> const&, Wanted const&) RUNNEL_DELETED;

template <detail::expression E>
    requires(!detail::is_negated<E>)
TaggedRange operator|(E const& expression, Tagged)
{
    return TaggedRange(expression, {});
}

template <detail::expression E>
    requires(!detail::is_negated<E>)
TaggedRange operator|(E const& expression, TaggedWith const& wanted)
{
    return TaggedRange(expression, wanted.options);
}

} // namespace runnel::inline v0
