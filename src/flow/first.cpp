// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `first(n)`.
#include <runnel/stage.hpp>

#include <optional>
#include <stdexcept>

namespace runnel::inline v0 {

namespace detail {

namespace {

/// Empty if there is no such command.
std::string shell_text_of(std::ptrdiff_t count, char delimiter)
{
    switch (delimiter) {
    case '\n': return "head -n " + std::to_string(count);
    case '\0': return "head -z -n " + std::to_string(count);
    default: return {};
    }
}

/// `first(n)`: passes the first `n` lines on unchanged.
class First final : public InProcess {
public:
    First(std::ptrdiff_t count, char delimiter)
        : InProcess("first(" + std::to_string(count) + ")",
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
        Pull(LineRange in, std::ptrdiff_t count, char end_of_line)
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
            bool const has_end = line.ends_with(delimiter);
            return {line.substr(0, line.size() - has_end), delimiter, has_end};
        }

        LineRange range;
        std::optional<LineRange::iterator> at;
        std::ptrdiff_t left;
        char delimiter;
    };

    std::ptrdiff_t count_;
    char delimiter_;
};

} // namespace

} // namespace detail

Connected<Ends{}> first(std::ptrdiff_t count, char delimiter)
{
    if (count < 0)
        throw std::invalid_argument("first() of a negative number of lines");
    return detail::ExpressionAccess::make<Connected<Ends{}>>(detail::in_process(
        std::make_shared<detail::First const>(count, delimiter)));
}

} // namespace runnel::inline v0
