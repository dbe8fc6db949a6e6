// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `first(n)`.
#include "text/visible.hpp"

#include <runnel/stage.hpp>

#include <optional>
#include <stdexcept>

namespace runnel::inline v0 {

namespace detail {

namespace {

/// Empty if there is no such command.
std::string shell_text_of(std::ptrdiff_t count, LineEnd delimiter)
{
    if (delimiter == '\n')
        return "head -n " + std::to_string(count);
    if (delimiter == '\0')
        return "head -z -n " + std::to_string(count);
    return {};
}

/// The second argument, if there is one.
std::string end_in_words(LineEnd delimiter)
{
    if (delimiter == '\n')
        return {};
    auto const bytes = delimiter.view();
    auto const quote = bytes.size() == 1 ? '\'' : '"';
    return std::string(", ") + quote + in_one_line(bytes) + quote;
}

/// `first(n)`: passes the first `n` lines on unchanged.
class First final : public InProcess {
public:
    First(std::ptrdiff_t count, LineEnd delimiter)
        : InProcess("first(" + std::to_string(count) + end_in_words(delimiter)
                        + ")",
                    Cut({.keep_ends = true, .delimiter = delimiter}),
                    shell_text_of(count, delimiter)),
          count_(count), delimiter_(delimiter)
    {
    }

    std::unique_ptr<WordPull> open(StageInput in, Cancel) const override
    {
        return std::make_unique<Pull>(std::move(in.lines), count_, delimiter_);
    }

private:
    struct Pull final : WordPull {
        Pull(LineRange in, std::ptrdiff_t count, LineEnd end_of_line)
            : range(std::move(in)), left(count), delimiter(end_of_line)
        {
        }

        bool next(OutWord& word) override
        {
            if (left == 0)
                return false;
            if (!at)
                at = range.begin();
            else
                ++*at;
            if (*at == range.end())
                return false;
            --left;
            word = without_end(**at);
            return true;
        }

        // The last line may lack its end, and is passed on without one.
        OutWord without_end(std::string_view line) const
        {
            auto const end = delimiter.view();
            bool const has_end = line.ends_with(end);
            if (has_end)
                line.remove_suffix(end.size());
            return {line, delimiter, has_end};
        }

        LineRange range;
        std::optional<LineRange::iterator> at;
        std::ptrdiff_t left;
        LineEnd delimiter;
    };

    std::ptrdiff_t count_;
    LineEnd delimiter_;
};

} // namespace

} // namespace detail

Connected<Ends{}> first(std::ptrdiff_t count, LineEnd delimiter)
{
    if (count < 0)
        throw std::invalid_argument("first() of a negative number of lines");
    return detail::ExpressionAccess::make<Connected<Ends{}>>(detail::in_process(
        std::make_shared<detail::First const>(count, delimiter)));
}

} // namespace runnel::inline v0
