// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// In-process stages: C++ code in the middle of a pipeline.
//
//     auto const hosts = stage(std::views::filter(is_error)
//                              | std::views::transform(host_of));
//     check(cmd("journalctl") | hosts | cmd("sort") | cmd("uniq", "-c"));
//     auto top = read(cmd("du", "-a") | cmd("sort", "-rn") | first(10));
//     auto const counted = stage(std::views::transform(count), chunks);
//     check((cmd("tar", "-c", dir) | counted | cmd("gzip")) > "dir.tgz");
//
// An in-process stage is an expression like a command: it can be redirected,
// and stand wherever a command can. Adjacent in-process stages have no pipe
// between them. One thread runs those that feed a process; those that `lines`
// reads need no thread.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/line.hpp>
#include <runnel/text_mode.hpp>
#include <runnel/words.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

/// How the input of an in-process stage is cut into lines: the part of
/// `LineOptions` that does not say how a run goes.
struct CutOptions {
    bool keep_ends = false;
    LineEnd delimiter = '\n';
    std::size_t max_line = detail::default_max_line;

    /// As in `LineOptions`, for the input of this stage only.
    bool text = false;
    bool universal_newlines = false;
    Encoding encoding{};
    std::optional<TextErrors> errors{};
};

namespace detail {

/// `In`: the range that the stage reads.
template <class F, class In>
using stage_result_t = std::invoke_result_t<F&, In>;

template <class F, class In>
concept stage_like = std::invocable<F&, In> && requires {
    requires out_range<std::remove_reference_t<stage_result_t<F, In>>>;
    requires !word_itself<std::remove_cvref_t<stage_result_t<F, In>>>;
};

template <class In>
In& input_of(StageInput& input) noexcept
{
    if constexpr (std::same_as<In, LineRange>)
        return input.lines;
    else
        return input.chunks;
}

template <class F, class In>
class StageCode final : public InProcess {
public:
    StageCode(F f, Cut cut)
        : InProcess("stage", std::move(cut)), f_(std::move(f))
    {
    }

    std::unique_ptr<WordPull> open(StageInput input, Cancel) const override
    {
        In& range = input_of<In>(input);
        if constexpr (std::copy_constructible<F>)
            return std::make_unique<Copied>(f_, std::move(range));
        else
            return std::make_unique<Borrowed>(*this, std::move(range));
    }

    Use use_of() const noexcept override
    {
        return std::copy_constructible<F> ? Use::often : Use::in_turn;
    }

    bool gives_bytes() const noexcept override
    {
        return holds_bytes<std::remove_reference_t<Result>>;
    }

private:
    using Result = stage_result_t<F, In>;
    // An lvalue result is kept by reference; any other is moved in.
    using Held = std::conditional_t<std::is_lvalue_reference_v<Result>, Result,
                                    std::remove_cvref_t<Result>>;
    using Range = std::remove_reference_t<Held>;

    // The function comes first: the range may refer to its members.
    struct Copied final : WordPull {
        Copied(F const& from, In in) : f(from), range(f(std::move(in))) {}
        bool next(OutWord& word) override { return walk.next(range, word); }
        void pour(WordOut& out) override { walk.pour(range, out); }
        F f;
        Held range;
        RangeWalk<Range> walk;
    };

    struct Borrowed final : WordPull {
        Borrowed(StageCode const& from, In in)
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

/// Throws `std::invalid_argument` for options that a stage cannot have, because they
/// say how a run goes.
RUNNEL_EXPORT Cut cut_of_stage(LineOptions const& options);
RUNNEL_EXPORT Cut cut_of_stage(ChunksWith const& cut);
RUNNEL_EXPORT Cut cut_of_stage(CutOptions const& options);

template <class In, class F>
Connected<Ends{}> stage_of(F&& f, Cut cut)
{
    return ExpressionAccess::make<Connected<Ends{}>>(
        in_process(std::make_shared<StageCode<std::decay_t<F>, In> const>(
            std::forward<F>(f), std::move(cut))));
}

} // namespace detail

/// `f` maps a `LineRange` to a range of words, lazily or not: a range adaptor
/// or a composition of several, a coroutine, a function that loops and returns
/// a container. Each run gets a copy of `f`. If `f` cannot be copied, all runs
/// share it: they may follow each other, but two at once are
/// `std::logic_error`.
///
/// `cut`: how the input is cut into lines, and its encoding if that is not the one
/// of the run. If `f`
/// stops reading early, the commands that write to it are ended, as when a line
/// range is left early, and do not count as failed. An exception from `f` ends
/// the run, and the verb throws it. While `f` waits for something other than
/// its input, it cannot be interrupted: the run waits for it.
template <class F>
    requires detail::stage_like<std::decay_t<F>, LineRange>
Connected<Ends{}> stage(F&& f, CutOptions const& cut = {})
{
    return detail::stage_of<LineRange>(std::forward<F>(f),
                                       detail::cut_of_stage(cut));
}

/// The same with the words that readers have: `stage(f, records('\0'))`. Options
/// that say how a run goes (`check` and those behind it) are
/// `std::invalid_argument`: they are given to the verb.
template <class F, detail::lines_like L>
    requires detail::stage_like<std::decay_t<F>, LineRange>
Connected<Ends{}> stage(F&& f, L const& cut)
{
    return detail::stage_of<LineRange>(
        std::forward<F>(f), detail::cut_of_stage(detail::options_of(cut)));
}

/// The same with the options of a range.
template <class F, std::same_as<LineOptions> Options>
    requires detail::stage_like<std::decay_t<F>, LineRange>
Connected<Ends{}> stage(F&& f, Options const& cut)
{
    return detail::stage_of<LineRange>(std::forward<F>(f),
                                       detail::cut_of_stage(cut));
}

/// The same over chunks of bytes: `f` maps a `ChunkRange` to a range. Elements
/// that are bytes, such as the chunks themselves, are written as they are. `cut` has
/// a size and `full`; other options are refused, as with lines.
template <class F, detail::chunks_like C>
    requires detail::stage_like<std::decay_t<F>, ChunkRange>
Connected<Ends{}> stage(F&& f, C const& cut)
{
    return detail::stage_of<ChunkRange>(
        std::forward<F>(f), detail::cut_of_stage(detail::cut_of(cut)));
}

template <class F>
    requires(!detail::stage_like<std::decay_t<F>, LineRange>
             && !detail::stage_like<std::decay_t<F>, ChunkRange>)
RUNNEL_REFUSED(
    "stage takes a function of a LineRange that returns a range of words: "
    "write stage(std::views::transform(f)) for a function of one line",
    Connected<Ends{}>) stage(F&&, CutOptions const& = {}) RUNNEL_DELETED;

template <class F>
    requires(!detail::stage_like<std::decay_t<F>, LineRange>
             && detail::stage_like<std::decay_t<F>, ChunkRange>)
RUNNEL_REFUSED("this function takes chunks: write stage(f, chunks)",
               Connected<Ends{}>)
    stage(F&&, CutOptions const& = {}) RUNNEL_DELETED;

template <class F, detail::chunks_like C>
    requires(!detail::stage_like<std::decay_t<F>, ChunkRange>)
RUNNEL_REFUSED("stage(f, chunks) takes a function of a ChunkRange that returns "
               "a range of words: write stage(f) for lines",
               Connected<Ends{}>) stage(F&&, C const&) RUNNEL_DELETED;

/// The first `count` lines, or records that end with `delimiter`, byte for byte
/// except in text mode. Ends at the last of them, without looking for more. A
/// negative `count` is `std::invalid_argument`.
RUNNEL_EXPORT Connected<Ends{}> first(std::ptrdiff_t count,
                                      LineEnd delimiter = '\n');

} // namespace runnel::inline v0
