// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `first(n)`.
#include <runnel/stage.hpp>

#include <optional>
#include <stdexcept>

namespace runnel::inline v0 {

namespace detail {

namespace {

/// `first(n)`: passes the first `n` lines on unchanged.
class First final : public InProcess {
public:
    explicit First(std::ptrdiff_t count)
        : InProcess("first(" + std::to_string(count) + ")",
                    Cut({.keep_ends = true}),
                    "head -n " + std::to_string(count)),
          count_(count)
    {
    }

    std::unique_ptr<WordPull> open(StageInput in, Cancel) const override
    {
        return std::make_unique<Pull>(std::move(in.lines), count_);
    }

private:
    struct Pull final : WordPull {
        Pull(LineRange in, std::ptrdiff_t count)
            : range(std::move(in)), left(count)
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

        // The last line may lack its newline, and is passed on without one.
        static OutWord without_end(std::string_view line)
        {
            bool const has_end = line.ends_with('\n');
            return {line.substr(0, line.size() - has_end), '\n', has_end};
        }

        LineRange range;
        std::optional<LineRange::iterator> at;
        std::ptrdiff_t left;
    };

    std::ptrdiff_t count_;
};

} // namespace

} // namespace detail

Connected<Ends{}> first(std::ptrdiff_t count)
{
    if (count < 0)
        throw std::invalid_argument("first() of a negative number of lines");
    return detail::ExpressionAccess::make<Connected<Ends{}>>(
        detail::in_process(std::make_shared<detail::First const>(count)));
}

} // namespace runnel::inline v0
