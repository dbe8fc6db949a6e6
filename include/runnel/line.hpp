// One line of output, and how output is cut into lines.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/observer.hpp>
#include <runnel/stop.hpp>
#include <runnel/teardown.hpp>
#include <runnel/text_mode.hpp>
#include <runnel/timeout.hpp>

#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// One line: a view into the read buffer, valid until the iterator moves on.
/// It becomes an owned string where one is wanted.
///
/// It knows the delimiter that it was cut at, so that it goes out to another
/// process as it came in: without its end in the text, that is added; with it
/// (`keep_ends`), the text is written as it is.
class Line : public std::string_view {
public:
    constexpr Line() noexcept = default;
    constexpr explicit Line(std::string_view text, char delimiter = '\n',
                            bool keeps_end = false) noexcept
        : std::string_view(text), delimiter_(delimiter), keeps_end_(keeps_end)
    {
    }

    operator std::string() const { return std::string(data(), size()); }

    constexpr char delimiter() const noexcept { return delimiter_; }

    /// True if the text holds its end, if there was one.
    constexpr bool keeps_end() const noexcept { return keeps_end_; }

private:
    char delimiter_ = '\n';
    bool keeps_end_ = false;
};

} // namespace runnel::inline v0

// As with std::string_view: what is made of one does not refer to it.
template <>
inline constexpr bool std::ranges::enable_view<runnel::Line> = true;
template <>
inline constexpr bool std::ranges::enable_borrowed_range<runnel::Line> = true;

namespace runnel::inline v0 {

class Executor;

/// How output is cut into lines, and what becomes of who writes it.
struct LineOptions {
    /// True: each line has its end; the last one may lack it.
    bool keep_ends = false;

    /// True: `\r\n` and a lone `\r` end a line as well. Only with the newline
    /// as delimiter.
    bool universal_newlines = false;

    /// What ends a line.
    char delimiter = '\n';

    /// Each of these turns text mode on, universal newlines included; see
    /// text_mode.hpp. Of a stream that is in text mode itself, they are
    /// `std::invalid_argument`.
    bool text = false;
    Encoding encoding{};
    std::optional<TextErrors> errors{};

    /// How long a line may be, in bytes; a longer one throws `LineTooLong`
    /// when that much of it was read.
    std::size_t max_line = std::size_t{256} * 1024 * 1024;

    /// False: a failed stage does not throw at the end of the range.
    bool check = true;

    /// For all of it, counted from `begin()`. When it passes, every stage is
    /// killed and reaped, and `TimeoutExpired` is thrown.
    Timeout timeout{};

    /// How long to read on when all commands have ended, but a process that
    /// they left behind still holds the pipe; see `RunOptions::drain`.
    Timeout drain{};

    /// When asked, every stage is ended and `StopRequested` is thrown.
    StopToken stop{};

    /// How to end the stages if the range is left early, or asked to stop.
    Teardown teardown{};

    /// Told of everything; must outlive the range.
    Observer* observer = nullptr;

    /// Runs the program in place of this machine; see executor.hpp.
    Executor* executor = nullptr;
};

} // namespace runnel::inline v0
