// In-process stages: C++ code in the middle of a pipeline.
//
//     auto const hosts = stage(std::views::filter(is_error)
//                              | std::views::transform(host_of));
//     check(cmd("journalctl") | hosts | cmd("sort") | cmd("uniq", "-c"));
//     auto top = read(cmd("du", "-a") | cmd("sort", "-rn") | first(10));
//
// An in-process stage is an expression like a command: it can be redirected,
// and stand wherever a command can. Adjacent in-process stages have no pipe
// between them. One thread runs those that feed a process; those that `lines`
// reads need no thread.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/words.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

namespace refused {
struct a_stage_maps_a_line_range_to_a_range_of_words;
} // namespace refused

namespace detail {

template <class F>
using stage_result_t = std::invoke_result_t<F&, LineRange>;

template <class F>
concept stage_like = std::invocable<F&, LineRange> && requires {
    requires out_range<std::remove_reference_t<stage_result_t<F>>>;
    requires !word_itself<std::remove_cvref_t<stage_result_t<F>>>;
};

template <class F>
class StageCode final : public InProcess {
public:
    StageCode(F f, LineOptions const& cut)
        : InProcess("stage", &cut), f_(std::move(f))
    {
    }

    std::unique_ptr<WordPull> open(LineRange in, Cancel) const override
    {
        if constexpr (std::copy_constructible<F>)
            return std::make_unique<Copied>(f_, std::move(in));
        else
            return std::make_unique<Borrowed>(*this, std::move(in));
    }

    Use use_of() const noexcept override
    {
        return std::copy_constructible<F> ? Use::often : Use::in_turn;
    }

    bool gives_bytes() const noexcept override
    {
        return byte_range<std::remove_reference_t<stage_result_t<F>>>;
    }

private:
    using Result = stage_result_t<F>;
    // An lvalue result is kept by reference; any other is moved in.
    using Held = std::conditional_t<std::is_lvalue_reference_v<Result>, Result,
                                    std::remove_cvref_t<Result>>;
    using Range = std::remove_reference_t<Held>;

    // The function comes first: the range may refer to its members.
    struct Copied final : WordPull {
        Copied(F const& from, LineRange in) : f(from), range(f(std::move(in)))
        {
        }
        bool next(OutWord& word) override { return walk.next(range, word); }
        void pour(WordOut& out) override { walk.pour(range, out); }
        F f;
        Held range;
        RangeWalk<Range> walk;
    };

    struct Borrowed final : WordPull {
        Borrowed(StageCode const& from, LineRange in)
            : giver{from}, range(from.f_(std::move(in)))
        {
        }
        bool next(OutWord& word) override { return walk.next(range, word); }
        void pour(WordOut& out) override { walk.pour(range, out); }
        // Gives the code back after all else is destroyed, also if `f` throws.
        struct Giver {
            StageCode const& code;
            ~Giver() { code.give_back(); }
        } giver;
        Held range;
        RangeWalk<Range> walk;
    };

    mutable F f_;
};

} // namespace detail

/// `f` maps a `LineRange` to a range of words, lazily or not: a range adaptor
/// or a composition of several, a coroutine, a function that loops and returns
/// a container. Each run gets a copy of `f`. If `f` cannot be copied, all runs
/// share it: they may follow each other, but two at once are
/// `std::logic_error`.
///
/// `cut`: how the input is cut into lines; other options have no effect. If `f`
/// stops reading early, the commands that write to it are ended, as when a line
/// range is left early, and do not count as failed. An exception from `f` ends
/// the run, and the verb throws it. While `f` waits for something other than
/// its input, it cannot be interrupted: the run waits for it.
template <class F>
    requires detail::stage_like<std::decay_t<F>>
Connected<Ends{}> stage(F&& f, LineOptions const& cut = {})
{
    return detail::ExpressionAccess::make<Connected<Ends{}>>(detail::in_process(
        std::make_shared<detail::StageCode<std::decay_t<F>> const>(
            std::forward<F>(f), cut)));
}

template <class F, class Because =
                       refused::a_stage_maps_a_line_range_to_a_range_of_words>
    requires(!detail::stage_like<std::decay_t<F>>)
Because stage(F&&, LineOptions const& = {}) = delete;

/// The first `count` lines, byte for byte. Ends at the last of them, without
/// looking for more. A negative `count` is `std::invalid_argument`.
RUNNEL_EXPORT Connected<Ends{}> first(std::ptrdiff_t count);

} // namespace runnel::inline v0
