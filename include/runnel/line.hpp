// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One line of output, and how output is cut into lines.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/containment.hpp>
#include <runnel/detail/format.hpp>
#include <runnel/observer.hpp>
#include <runnel/stop.hpp>
#include <runnel/teardown.hpp>
#include <runnel/text_mode.hpp>
#include <runnel/timeout.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>

namespace runnel::inline v0 {

/// The bytes that end a line or a record: a newline, a NUL, `"\r\n"`. One to six
/// bytes; converts from a `char` and from a literal.
class LineEnd {
public:
    static constexpr std::size_t max_size = 6;

    template <std::same_as<char> Char>
    constexpr LineEnd(Char byte) noexcept : bytes_{byte}, size_(1)
    {
    }

    template <class Number RUNNEL_REFUSED_BECAUSE(
        "the end of a line is text: write records('\\n')")>
        requires(std::is_arithmetic_v<Number> && !std::same_as<Number, char>)
    RUNNEL_REFUSED_MEMBER("the end of a line is text: write records('\\n')")
        LineEnd(Number) RUNNEL_DELETED;

    /// A literal, which may contain NUL bytes: `"\0\0"`.
    template <std::size_t N>
        requires(N > 1 && N <= max_size + 1)
    constexpr LineEnd(char const (&literal)[N]) noexcept : size_(N - 1)
    {
        for (std::size_t i = 0; i < N - 1; ++i)
            bytes_[i] = literal[i];
    }

    template <std::size_t N RUNNEL_REFUSED_BECAUSE(
        "the end of a line has one to six bytes: write records(\"\\r\\n\")")>
        requires(N <= 1 || N > max_size + 1)
    RUNNEL_REFUSED_MEMBER(
        "the end of a line has one to six bytes: write records(\"\\r\\n\")")
        LineEnd(char const (&)[N]) RUNNEL_DELETED;

    /// The bytes; valid as long as this object.
    constexpr std::string_view view() const noexcept { return {bytes_, size_}; }

    friend constexpr bool operator==(LineEnd const&,
                                     LineEnd const&) noexcept = default;

private:
    char bytes_[max_size]{};
    unsigned char size_;
};

/// One line: a view into the read buffer, valid until the iterator moves on.
/// Converts to a `std::string` and a `std::filesystem::path`, which own their bytes.
///
/// A line knows the delimiter that it was cut at, so that it is written to
/// another process as it was read: if the text does not include the end of the
/// line, the end is added; if it does (`keep_ends`), the text is written as it
/// is.
class Line : public std::string_view {
public:
    constexpr Line() noexcept = default;
    RUNNEL_ALWAYS_INLINE
    constexpr explicit Line(std::string_view text, LineEnd delimiter = '\n',
                            bool keeps_end = false) noexcept
        : std::string_view(text), delimiter_(delimiter), keeps_end_(keeps_end)
    {
    }

    operator std::string() const { return std::string(data(), size()); }

    /// A `std::filesystem::path`, whose header this one does not include.
    template <class Path>
        requires requires {
            Path::preferred_separator;
            requires std::same_as<typename Path::string_type, std::string>;
        }
    operator Path() const
    {
        return Path(std::string_view(*this));
    }

    constexpr LineEnd delimiter() const noexcept { return delimiter_; }

    /// True if the text includes the end of the line, where there was one.
    constexpr bool keeps_end() const noexcept { return keeps_end_; }

private:
    LineEnd delimiter_ = '\n';
    bool keeps_end_ = false;
};

} // namespace runnel::inline v0

// As with std::string_view: iterators of a Line stay valid without it.
template <>
inline constexpr bool std::ranges::enable_view<runnel::Line> = true;
template <>
inline constexpr bool std::ranges::enable_borrowed_range<runnel::Line> = true;

#ifdef RUNNEL_HAS_FORMAT
/// Formats the text.
template <>
struct std::formatter<runnel::Line> : std::formatter<std::string_view> {};
#endif

namespace runnel::inline v0 {

class Executor;

namespace detail {

inline constexpr std::size_t default_max_line = std::size_t{256} * 1024 * 1024;

} // namespace detail

/// How output is cut into lines, and how the processes that write it are run.
struct LineOptions {
    /// True: each line includes its end; the last one may have none.
    bool keep_ends = false;

    /// What ends a line: a byte, or up to six of them, such as `"\r\n"`.
    LineEnd delimiter = '\n';

    /// The most bytes of a line. A longer line throws `LineTooLong` as soon as
    /// that many bytes of it were read.
    std::size_t max_line = detail::default_max_line;

    /// True, or an `encoding`, or `errors`: turns text mode on, universal newlines
    /// included; see text_mode.hpp. Text mode then holds for the whole run: captures are text as
    /// well. With a delimiter other than the newline, carriage returns stay. If the
    /// stream itself is in text mode, all three are `std::invalid_argument`.
    bool text = false;

    /// True, also without text mode: `\r\n` and a lone `\r` end a line as well.
    /// Requires the newline as delimiter.
    bool universal_newlines = false;

    Encoding encoding{};
    std::optional<TextErrors> errors{};

    /// False: a failed stage does not throw at the end of the range.
    bool check = true;

    /// A time limit for the whole range: a duration, counted from `begin()`, or
    /// a point in time. When it passes, every stage is killed and reaped, and
    /// `TimeoutExpired` is thrown.
    Timeout timeout{};

    /// How long no byte may come while the range is read; see
    /// `RunOptions::idle_timeout`.
    Timeout idle_timeout{};

    /// How long to read on after all commands have ended, while an outside
    /// process that a command left behind still holds the pipe; see
    /// `RunOptions::drain`.
    Timeout drain{};

    /// On a stop request, every stage is ended and `StopRequested` is thrown.
    StopToken stop{};

    /// How to end the stages if the range is left early or a stop is requested.
    Teardown teardown{};

    /// What is ended with the commands; see containment.hpp. A command may have
    /// its own: `cmd(...).contained(Containment::group)`.
    Containment containment = Containment::none;

    /// Receives all events; must outlive the range.
    Observer* observer = nullptr;

    /// Runs the program in place of this machine; see executor.hpp.
    Executor* executor = nullptr;
};

} // namespace runnel::inline v0
