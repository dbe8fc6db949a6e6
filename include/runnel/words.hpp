// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A range on the left of `|`: its elements become the input of a command.
//
//     std::vector<std::string> names = ...;
//     check(names | cmd("sort") | cmd("uniq") > "sorted");
//     auto top = cmd("cat", log) | lines | std::views::transform(client)
//              | cmd("sort") | lines;
//
// Elements may be text, paths and integers, each written with a newline after
// it; lines and records, written with the end that they were read with; and
// blocks of bytes, such as a `Chunk` or a `std::vector<std::byte>`, written as
// they are. A range whose elements are bytes (`std::byte`, `char`, `signed
// char`, `unsigned char`, `char8_t`) is written as these bytes: a
// `std::vector<unsigned char>` is a buffer, not a list of numbers. Only text in
// one piece, such as a `std::string`, is refused: write `e < text(s)`.
//
// An lvalue is borrowed and must outlive every run; an rvalue is moved in. A
// thread of its own reads the range while the expression runs, ahead of the
// command by at most 256 KiB and what the pipe holds. An exception of the range
// ends the run, and the verb throws it. A single-pass range can be run once; a
// second run is `std::logic_error`. So are two runs at once of a range that can
// neither be copied nor be read while it is const.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/chunks.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/lines.hpp>
#include <runnel/operators.hpp>
#include <runnel/text_view.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

/// A word to be written: its bytes, and the byte that follows them.
struct OutWord {
    std::string_view text;
    LineEnd end = '\n';
    bool has_end = true; ///< false: nothing follows
};

/// Receives words.
class RUNNEL_EXPORT WordOut {
public:
    /// Returns false if no more words are wanted.
    virtual bool put(OutWord const& word) = 0;

protected:
    ~WordOut() = default;
};

/// Produces the words of one run, one after the other.
class RUNNEL_EXPORT WordPull {
public:
    WordPull() noexcept = default;
    WordPull(WordPull const&) = delete;
    WordPull& operator=(WordPull const&) = delete;
    virtual ~WordPull();

    /// Returns false at the end. A word is valid until the next call.
    virtual bool next(OutWord& word) = 0;

    /// Passes all remaining words to `out`, in one loop.
    virtual void pour(WordOut& out);
};

/// Tells an in-process stage that its output is not wanted any more.
class CancelFlag;
class Cancel {
public:
    Cancel() noexcept = default;
    explicit Cancel(CancelFlag const& flag) noexcept : flag_(&flag) {}

    RUNNEL_EXPORT bool asked() const noexcept;

private:
    CancelFlag const* flag_ = nullptr;
};

/// How the input of an in-process stage is cut. Not a `std::variant`, which takes
/// long to compile.
class Cut {
public:
    /// Not at all: the stage reads nothing.
    Cut() noexcept = default;
    Cut(LineOptions const& lines) : into_(Into::lines), lines_(lines) {}
    Cut(ChunksWith const& chunks) : into_(Into::chunks), chunks_(chunks) {}

    /// Null unless it is cut into lines.
    LineOptions const* lines() const noexcept
    {
        return into_ == Into::lines ? &lines_ : nullptr;
    }

    /// Null unless it is cut into chunks.
    ChunksWith const* chunks() const noexcept
    {
        return into_ == Into::chunks ? &chunks_ : nullptr;
    }

private:
    enum class Into : unsigned char { nothing, lines, chunks };

    Into into_ = Into::nothing;
    LineOptions lines_{};
    ChunksWith chunks_{};
};

/// The input, cut in that way. At most one of them is not empty.
struct StageInput {
    LineRange lines{};
    ChunkRange chunks{};
    /// What writes the input and what reads the output, as messages name them. Empty
    /// if that is not a part of the same run.
    std::string before{};
    std::string after{};
    /// The descriptor that is read, to be asked for its size only; -1: none.
    int fd = -1;
};

/// An in-process stage: consumes lines, chunks or nothing, and produces words.
class RUNNEL_EXPORT InProcess {
public:
    /// `shell_text`: one shell command that does the same; empty if there is
    /// none.
    InProcess(std::string_view label, Cut cut,
              std::string_view shell_text = {});
    InProcess(InProcess const&) = delete;
    InProcess& operator=(InProcess const&) = delete;
    virtual ~InProcess();

    /// Begins a run. May be called from any thread. `cancel` refers to a flag
    /// that outlives the run; a stage that reads the words of another one
    /// checks it.
    virtual std::unique_ptr<WordPull> open(StageInput in,
                                           Cancel cancel) const = 0;

    /// How often it can be run.
    enum class Use : unsigned char {
        often, ///< also by several runs at once
        in_turn, ///< one run after the other
        once,
    };
    virtual Use use_of() const noexcept { return Use::often; }

    /// True if the words are bytes, and not text: text mode does not encode
    /// them.
    virtual bool gives_bytes() const noexcept { return false; }

    /// Takes the right to run the stage; false if it is taken already.
    virtual bool claim() const noexcept;

    /// Gives the right back, as if the stage had not been run.
    virtual void unclaim() const noexcept;

    /// To be called when a run has ended.
    void give_back() const noexcept
    {
        if (use_of() == Use::in_turn)
            unclaim();
    }

    std::string const& label() const noexcept { return label_; }
    std::string const& shell_text() const noexcept { return shell_text_; }
    bool reads() const noexcept
    {
        return cut_.lines() != nullptr || cut_.chunks() != nullptr;
    }
    Cut const& cut() const noexcept { return cut_; }

private:
    std::string label_;
    std::string shell_text_;
    Cut cut_;
    mutable int claimed_ = 0; ///< accessed as an atomic
};

RUNNEL_EXPORT PlanNodePtr in_process(std::shared_ptr<InProcess const> code);

/// Opens a stage that reads `words`, those of `first`, as if they came through a
/// pipe. Its input ends when `cancel` asks.
std::unique_ptr<WordPull> open_behind(InProcess const& first,
                                      std::unique_ptr<WordPull> words,
                                      InProcess const& second, Cancel cancel);

// --- words -----------------------------------------------------------------------

template <class T>
concept byte_type = std::same_as<T, std::byte> || std::same_as<T, char>
                 || std::same_as<T, signed char>
                 || std::same_as<T, unsigned char> || std::same_as<T, char8_t>;

/// A range of bytes: a buffer, if it is contiguous.
template <class R>
concept byte_range =
    std::ranges::input_range<R>
    && byte_type<std::remove_cvref_t<std::ranges::range_reference_t<R>>>;

template <class R>
concept byte_buffer = byte_range<R> && std::ranges::contiguous_range<R>
                   && std::ranges::sized_range<R>;

/// Bytes in one piece. Whether a type converts is asked only of types that are no ranges:
/// for a view, the compiler takes long to answer.
template <class T>
concept bytes_like =
    !text_like<T> && !utf8_like<T>
    && (byte_buffer<T const>
        || (!std::ranges::range<T const> && std::is_class_v<T>
            && std::convertible_to<T const&, std::span<std::byte const>>));

/// The types of elements that can be written as words.
template <class T>
concept out_word =
    text_like<std::remove_cvref_t<T>> || path_like<std::remove_cvref_t<T>>
    || number_like<std::remove_cvref_t<T>>
    || bytes_like<std::remove_cvref_t<T>>;

template <class R>
concept out_range = byte_range<R>
                 || (std::ranges::input_range<R>
                     && out_word<std::ranges::range_reference_t<R>>);

/// True for ranges of bytes, and of blocks of bytes.
template <class R>
inline constexpr bool holds_bytes =
    byte_range<R> || bytes_like<std::ranges::range_value_t<R>>;

/// Bytes that are written as they are.
template <class R>
OutWord word_of_bytes(R& bytes)
{
    if constexpr (byte_buffer<R>)
        return {{reinterpret_cast<char const*>(std::ranges::data(bytes)),
                 std::size_t(std::ranges::size(bytes))},
                '\n',
                false};
    else {
        std::span<std::byte const> const span = bytes;
        return word_of_bytes(span);
    }
}

/// Makes words of elements; holds the text of a number.
class WordForm {
public:
    template <class T>
    OutWord operator()(T const& from)
    {
        if constexpr (std::derived_from<T, Line>)
            return {from, from.delimiter(), !from.keeps_end()};
        else if constexpr (bytes_like<T>)
            return word_of_bytes(from);
        else if constexpr (number_like<T>)
            return {number_.emplace(from).str()};
        else
            return {text_of(from, "an element of a range")};
    }

private:
    std::optional<Word> number_;
};

/// An iterator over a range that is kept elsewhere. It advances only when the
/// next element is requested, so that an element is written before the range
/// looks for another.
template <class R>
class RangeStep {
public:
    /// False at the end of the range.
    bool next(R& range)
    {
        if (at_)
            ++*at_;
        else
            at_.emplace(std::ranges::begin(range));
        return *at_ != std::ranges::end(range);
    }

    std::ranges::range_reference_t<R> operator*() const { return **at_; }

private:
    std::optional<std::ranges::iterator_t<R>> at_;
};

/// Gives the elements of a range that is kept elsewhere as words.
template <class R>
class RangeWalk {
public:
    bool next(R& range, OutWord& word)
    {
        element_.reset();
        if (!step_.next(range))
            return false;
        word = form_(hold(*step_));
        return true;
    }

    // The iterator is local here, so that its members stay in registers.
    static void pour(R& range, WordOut& out)
    {
        WordForm form;
        auto const end = std::ranges::end(range);
        for (auto at = std::ranges::begin(range); at != end; ++at) {
            auto&& element = *at;
            if (!out.put(form(std::as_const(element))))
                return;
        }
    }

private:
    using Reference = std::ranges::range_reference_t<R>;
    using Element = std::remove_cvref_t<Reference>;
    // References are not kept; their type may be an array.
    using Kept = std::conditional_t<std::is_lvalue_reference_v<Reference>,
                                    std::monostate, Element>;

    Element const& hold(Element const& element) { return element; }
    Element const& hold(Element&& element)
        requires std::same_as<Kept, Element>
    {
        return element_.emplace(std::move(element));
    }

    RangeStep<R> step_;
    std::optional<Kept> element_; ///< if the range gives no references
    WordForm form_;
};

/// A buffer is one word.
template <byte_buffer R>
class RangeWalk<R> {
public:
    bool next(R& range, OutWord& word)
    {
        word = word_of_bytes(range);
        return !std::exchange(ended_, true);
    }

    static void pour(R& range, WordOut& out) { out.put(word_of_bytes(range)); }

private:
    bool ended_ = false;
};

/// Of other ranges of bytes, each byte is a word.
template <byte_range R>
    requires(!byte_buffer<R>)
class RangeWalk<R> {
public:
    bool next(R& range, OutWord& word)
    {
        if (!step_.next(range))
            return false;
        byte_ = static_cast<char>(*step_);
        word = {{&byte_, 1}, '\n', false};
        return true;
    }

    static void pour(R& range, WordOut& out)
    {
        for (auto const byte : range) {
            auto const put = static_cast<char>(byte);
            if (!out.put({{&put, 1}, '\n', false}))
                return;
        }
    }

private:
    RangeStep<R> step_;
    char byte_ = 0;
};

// --- a range as a source ---------------------------------------------------------

template <std::ranges::view V>
class RangeSource final : public InProcess {
public:
    explicit RangeSource(V view)
        : InProcess("range", {}), view_(std::move(view))
    {
    }

    std::unique_ptr<WordPull> open(StageInput, Cancel) const override
    {
        // A copy for each run, because views may cache something in begin().
        if constexpr (is_copied)
            return std::make_unique<Copied>(view_);
        else
            return std::make_unique<Borrowed>(*this);
    }

    Use use_of() const noexcept override
    {
        if (!std::ranges::forward_range<V>)
            return Use::once;
        return is_copied || is_shared ? Use::often : Use::in_turn;
    }

    bool gives_bytes() const noexcept override { return holds_bytes<V>; }

private:
    static constexpr bool is_copied =
        std::ranges::forward_range<V> && std::copyable<V>;

    // As with a container that was moved in: several runs may read what is
    // const. Any other range that cannot be copied belongs to one run at a
    // time, because it may change when it is iterated.
    static constexpr bool is_shared = [] {
        if constexpr (std::ranges::forward_range<V const>)
            return out_range<V const>;
        else
            return false;
    }();

    struct Copied final : WordPull {
        explicit Copied(V const& from) : view(from) {}
        bool next(OutWord& word) override { return walk.next(view, word); }
        void pour(WordOut& out) override { walk.pour(view, out); }
        V view;
        RangeWalk<V> walk;
    };

    struct Borrowed final : WordPull {
        using Range = std::conditional_t<is_shared, V const, V>;
        explicit Borrowed(RangeSource const& from)
            : source(from), range(from.view_)
        {
        }
        ~Borrowed() override { source.give_back(); }
        bool next(OutWord& word) override { return walk.next(range, word); }
        void pour(WordOut& out) override { walk.pour(range, out); }
        RangeSource const& source;
        Range& range;
        RangeWalk<Range> walk;
    };

    mutable V view_;
};

/// A view is copied, even a const one that cannot be iterated itself.
template <class R>
concept copied_view = std::ranges::view<std::remove_cvref_t<R>>
                   && std::constructible_from<std::remove_cvref_t<R>, R>
                   && out_range<std::remove_cvref_t<R>>;

template <class R>
PlanNodePtr range_source(R&& range)
{
    if constexpr (copied_view<R>) {
        using View = std::remove_cvref_t<R>;
        return in_process(std::make_shared<RangeSource<View> const>(
            View(std::forward<R>(range))));
    } else {
        using View = std::views::all_t<R>;
        return in_process(std::make_shared<RangeSource<View> const>(
            std::views::all(std::forward<R>(range))));
    }
}

/// Ranges that count as one word.
template <class R>
concept word_itself = text_like<R> || path_like<R> || utf8_like<R>;

/// A range that may stand on the left of `|`.
template <class R>
concept source_range =
    (copied_view<R> || (out_range<R> && std::ranges::viewable_range<R>))
    && !word_itself<std::remove_cvref_t<R>>;

} // namespace detail

namespace detail {

template <class R, class E>
auto fed(R&& range, E const& right)
{
    constexpr Ends open{false, ends_of<E>.out, true};
    return joined<open, E>(pipe(range_source(std::forward<R>(range)),
                                ExpressionAccess::node(right), 1));
}

/// A range of which only a reference is kept.
template <class R>
concept borrowed_source = std::is_lvalue_reference_v<R> && !copied_view<R>
                       && !std::ranges::view<std::remove_cvref_t<R>>;

} // namespace detail

/// The elements of `range` become stdin of `right`.
template <detail::source_range R, detail::expression E>
    requires(detail::ends_of<E>.in && !detail::borrowed_source<R>)
auto operator|(R&& range, E const& right)
{
    return detail::fed(std::forward<R>(range), right);
}

/// The same. `range` is an lvalue, and must outlive every run.
template <detail::source_range R, detail::expression E>
    requires(detail::ends_of<E>.in && detail::borrowed_source<R>)
auto operator|(R&& range RUNNEL_LIFETIMEBOUND, E const& right)
{
    return detail::fed(std::forward<R>(range), right);
}

template <detail::source_range R, detail::expression E>
    requires(!detail::ends_of<E>.in)
RUNNEL_REFUSED("stdin of the right side comes from elsewhere already: remove "
               "its <, or the pipe",
               Pipeline)
operator|(R&&, E const&) RUNNEL_DELETED;

template <std::ranges::input_range R, detail::expression E>
    requires(!detail::out_range<std::remove_cvref_t<R>> && !detail::out_range<R>
             && !detail::word_itself<std::remove_cvref_t<R>>)
RUNNEL_REFUSED("a range in front of | holds text, paths, integers, lines or "
               "bytes: write range | std::views::transform(to_text) | b",
               Pipeline)
operator|(R&&, E const&) RUNNEL_DELETED;

template <std::ranges::input_range R, detail::expression E>
    requires(detail::out_range<R> && !detail::source_range<R>
             && !detail::word_itself<std::remove_cvref_t<R>>)
RUNNEL_REFUSED("this view cannot be copied: write std::move(view) | b",
               Pipeline)
operator|(R&&, E const&) RUNNEL_DELETED;

} // namespace runnel::inline v0
