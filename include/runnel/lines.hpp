// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The output of a child process, as a lazy range of lines.
//
//     for (std::string_view line : cmd("dpkg", "-l") | lines)
//         ...
//     auto five = cmd("dmesg") | lines | std::views::take(5);
//     for (Line name : cmd("find", "-print0") | records('\0')) ...
//     for (Line line : Stdio("words.txt") | lines) ...      // a file, or
//     for (Line line : popen.out() | lines) ...             // one stream
//
// Single pass. Nothing is started before begin(), nothing is read before it is
// needed. An element is a view into the read buffer, valid until ++; stored as
// value_type it is a std::string. At the end of the range every stage is waited
// for, and a failure is thrown as CalledProcessError. Leaving the range early
// closes the pipe and ends what still runs: SIGTERM at once, SIGKILL after two
// seconds.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/line.hpp>
#include <runnel/operators.hpp>
#include <runnel/result.hpp>
#include <runnel/stream.hpp>

#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

/// The position of an iterator. The ends of lines are found for some thousand
/// bytes at once and kept as bits, one for each byte. Bit i of a block says
/// that a line begins at byte i + 1 of the block.
struct LineCursor {
    char const* line = nullptr; ///< begin of the current line
    char const* next = nullptr; ///< begin of the next line; null: not found yet
    char const* behind = nullptr; ///< the second byte of the current block
    std::uint64_t ends = 0; ///< the line ends in that block, still to be used
};

/// The known ends of lines, in blocks of 64 bytes.
struct KnownEnds {
    char const* behind = nullptr; ///< the second byte of the first block
    std::size_t blocks = 0;
    std::uint64_t const* masks = nullptr; ///< one for each block
};

/// Finds the next of the known line ends; false if there is none.
RUNNEL_ALWAYS_INLINE inline bool use_known(LineCursor& at,
                                           KnownEnds const& known)
{
    while (at.ends == 0) {
        // A negative distance, or no multiple of 64, gives a large number.
        auto const away = reinterpret_cast<std::uintptr_t>(at.behind) + 64
                        - reinterpret_cast<std::uintptr_t>(known.behind);
        auto const block = std::rotr(away, 6);
        if (block >= known.blocks)
            return false;
        at.behind += 64;
        at.ends = known.masks[block];
    }
    at.next = at.behind + static_cast<unsigned>(std::countr_zero(at.ends));
    at.ends &= at.ends - 1;
    return true;
}

/// The object that a `LineRange` refers to.
class RUNNEL_EXPORT LineSource {
public:
    LineSource() noexcept = default;
    LineSource(LineSource const&) = delete;
    LineSource& operator=(LineSource const&) = delete;
    virtual ~LineSource();

    /// Starts or opens the input; later calls do nothing.
    virtual void start() = 0;

    /// The position of a new iterator: the first line that was not passed.
    virtual LineCursor cursor() = 0;

    /// Finds the line after `at`, and waits for it. A result without a line:
    /// the input has ended, and so have the processes that wrote it.
    virtual LineCursor find(LineCursor at) = 0;

    /// The next line, if it can be found without waiting; passes it.
    virtual std::optional<Line> try_next() = 0;

    /// Drops the input: a range that still refers to this is at its end.
    virtual void close() noexcept = 0;

    virtual bool has_ended() const noexcept = 0;
    virtual CompletedProcess const& result() const = 0;
    virtual int event_fd() = 0;
    virtual std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const = 0;

    /// As `find`, also for what is known, and without a source. For iterators that
    /// are moved before they were compared; in the library, to keep loops small.
    static LineCursor look(LineSource* source, LineCursor at);

    /// The same; throws if there is no line.
    static LineCursor look_or_throw(LineSource* source, LineCursor at);

    LineCursor tell_end() noexcept
    {
        told_end = true;
        return {};
    }
    [[noreturn]] static void throw_read_twice();

    KnownEnds known;
    char const* passed = nullptr; ///< everything before it was handed out
    bool told_end = false; ///< an iterator was at the end
    std::size_t cut = 0; ///< length of the current line's end, if cut off
    LineEnd delimiter = '\n';
    bool keeps_ends = false;
};

/// An input of bytes: a pipe or a file.
class ByteSource;

} // namespace detail

/// A lazy single-pass range of lines. Copies are handles to the same range.
///
/// Not thread safe. The processes that write the lines run from `begin()` until
/// the end of the range, or until the last copy is destroyed.
class [[nodiscard(
    "nothing was started: write for (auto line : e | lines)")]] RUNNEL_EXPORT
    LineRange : public std::ranges::view_base {
public:
    class iterator;

    /// A range without lines.
    LineRange() noexcept = default;

    /// The stdout of an expression.
    LineRange(Expression const& expression, LineOptions const& options);

    /// The stderr of an expression: of `stderr_of(e)`.
    LineRange(detail::StderrNode const& expression, LineOptions const& options);

    /// The rest of a stream. `stream` must outlive the range and not be read
    /// meanwhile. When the last copy is destroyed, or after an exception, bytes
    /// that were read ahead and that no iterator passed are put back into the
    /// stream (not if the options ask for text). The child behind the stream is
    /// not waited for: options that would end it (`drain`, `teardown`,
    /// `containment`, `observer`, `executor`) are `std::invalid_argument`.
    LineRange(ReadStream& stream RUNNEL_LIFETIMEBOUND,
              LineOptions const& options);
    LineRange(ReadStream&&, LineOptions const&) = delete;

    /// A file, which `begin()` opens, or a descriptor, which stays open. The
    /// same options are refused.
    LineRange(Stdio const& file, LineOptions const& options);

    explicit LineRange(std::shared_ptr<detail::LineSource> source) noexcept
        : source_(std::move(source))
    {
    }

    /// Starts the pipeline; throws as `run` does. There is only one pass: a
    /// second call goes on after the last line that an iterator passed. Once an
    /// iterator was at the end, it throws `std::logic_error`, because an empty
    /// second pass is likely a mistake: collect the lines to read them again.
    iterator begin() const;
    std::default_sentinel_t end() const noexcept { return {}; }

    /// The next line, if it is there without waiting; valid until the next
    /// call. Starts the pipeline if necessary. If there is none, `ended()`
    /// tells whether more may come. Throws what iterating throws. With `fd` and
    /// `next_deadline`, any event loop can drive a range. Not to be mixed with
    /// iterators.
    [[nodiscard(
        "the line would be lost: write auto line = range.try_next()")]] std::
        optional<Line>
        try_next();

    /// True if all lines were handed out and the processes have ended.
    bool ended() const noexcept;

    /// A descriptor that poll(2) reports as readable when `try_next` may have
    /// something to return or to do. Valid until the end of the range. Starts
    /// the pipeline.
    int fd();

    /// When `try_next` must be called even if the descriptor is not ready.
    /// Until `fd` is called for the first time, this is soon.
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

    /// The result of the stages, after the end of the range; before that,
    /// `std::logic_error`. Without stages (a file, a stream), it is a success.
    CompletedProcess const& result() const;

    template <class T RUNNEL_REFUSED_BECAUSE(
        "a range is not a vector: write read_lines(e), or e | lines | "
        "to_vector")>
    RUNNEL_REFUSED_MEMBER("a range is not a vector: write read_lines(e), or e "
                          "| lines | to_vector")
    operator std::vector<T>() const RUNNEL_DELETED;

    template <std::same_as<std::string> T RUNNEL_REFUSED_BECAUSE(
        "a range is not a string: write read(e)")>
    RUNNEL_REFUSED_MEMBER("a range is not a string: write read(e)")
    operator T() const RUNNEL_DELETED;

private:
    std::shared_ptr<detail::LineSource> source_;
};

/// As with every input iterator, only the copy that moved last may be used.
class LineRange::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string;
    using difference_type = std::ptrdiff_t;
    using reference = Line;
    using pointer = void;

    iterator() noexcept = default;

    /// Reads, if the line is not there yet.
    RUNNEL_ALWAYS_INLINE Line operator*() const
    {
        if (at_.next == nullptr) [[unlikely]]
            at_ = detail::LineSource::look_or_throw(source_, at_);
        auto const size =
            static_cast<std::size_t>(at_.next - at_.line) - source_->cut;
        return Line({at_.line, size}, source_->delimiter, source_->keeps_ends);
    }

    /// Reads nothing: the next line is read when it is needed.
    RUNNEL_ALWAYS_INLINE iterator& operator++()
    {
        if (at_.next == nullptr) [[unlikely]]
            at_ = detail::LineSource::look(source_, at_);
        if (at_.next != nullptr) [[likely]] {
            at_.line = std::exchange(at_.next, nullptr);
            source_->passed = at_.line;
        }
        return *this;
    }
    RUNNEL_ALWAYS_INLINE void operator++(int) { ++*this; }

    /// Reads until it is known whether there is another line.
    RUNNEL_ALWAYS_INLINE friend bool operator==(iterator const& at,
                                                std::default_sentinel_t)
    {
        return at.at_end();
    }

private:
    friend class LineRange;

    RUNNEL_ALWAYS_INLINE
    iterator(detail::LineSource* source, detail::LineCursor at) noexcept
        : source_(source), at_(at)
    {
    }

    // The cursor is passed to the slow path and returned by value. Its address
    // is never taken, so it lives in registers. That takes inlining of all that the
    // loop calls here, begin() as well.
    RUNNEL_ALWAYS_INLINE bool at_end() const
    {
        if (at_.next != nullptr)
            return false;
        if (source_ == nullptr)
            return true;
        auto at = at_;
        if (!detail::use_known(at, source_->known)) [[unlikely]]
            at = source_->find(at);
        at_ = at;
        return at_.next == nullptr;
    }

    detail::LineSource* source_ = nullptr;
    mutable detail::LineCursor at_;
};

RUNNEL_ALWAYS_INLINE inline LineRange::iterator LineRange::begin() const
{
    if (!source_)
        return {};
    if (source_->told_end)
        detail::LineSource::throw_read_twice();
    source_->start();
    return {source_.get(), source_->cursor()};
}

/// The result of `lines(options)`.
struct LinesWith {
    LineOptions options;
};

/// The type of `lines`.
struct Lines {
    LinesWith operator()(LineOptions options) const
    {
        return {std::move(options)};
    }

    RUNNEL_REFUSED("lines takes options in braces: write a | lines, a | "
                   "lines({.keep_ends = true}), a | first(10) | lines",
                   LinesWith)
    operator()(...) const RUNNEL_DELETED;
};

/// Makes a range of the output lines: `e | lines`, or
/// `e | lines({.keep_ends = true})`.
inline constexpr Lines lines{};

/// Makes a range of lines with another delimiter: `e | records('\0')`,
/// `e | records("\r\n")`.
inline LinesWith records(LineEnd delimiter, LineOptions options = {})
{
    options.delimiter = delimiter;
    return {std::move(options)};
}

namespace detail {

/// What owns the bytes of an element: lines and other views become strings,
/// chunks and other spans of bytes become vectors.
template <class T>
struct OwnerOf {
    using type = T;
};
template <class T>
    requires std::derived_from<T, std::string_view>
struct OwnerOf<T> {
    using type = std::string;
};
template <class T>
    requires std::derived_from<T, std::span<std::byte const>>
struct OwnerOf<T> {
    using type = std::vector<std::byte>;
};

template <class R>
using owned_value_t = typename OwnerOf<std::ranges::range_value_t<R>>::type;

template <class R>
concept collectable =
    std::ranges::input_range<R>
    && std::constructible_from<owned_value_t<R>,
                               std::ranges::range_reference_t<R>>;

} // namespace detail

/// The type of `to_vector`.
struct ToVector {
    template <detail::collectable R>
    auto operator()(R&& range) const
    {
        std::vector<detail::owned_value_t<R>> all;
        for (auto&& element : range)
            all.emplace_back(std::forward<decltype(element)>(element));
        return all;
    }

    template <detail::collectable R>
    [[nodiscard("the elements would be lost: write auto all = range | "
                "to_vector")]] friend auto
    operator|(R&& range, ToVector to_vector)
    {
        return to_vector(std::forward<R>(range));
    }
};

/// Collects a range into a `std::vector` whose elements own their bytes:
/// `e | lines | to_vector` is a vector of strings, `e | chunks | to_vector` a
/// vector of vectors of bytes. For any input range, so also with views between.
/// Origin: `std::ranges::to` of C++23, which would keep views as views.
inline constexpr ToVector to_vector{};

namespace detail {

template <class T>
concept lines_like = std::same_as<T, Lines> || std::same_as<T, LinesWith>;

template <lines_like T>
inline constexpr bool is_reader<T> = true;

inline LineOptions options_of(Lines)
{
    return {};
}

inline LineOptions const& options_of(LinesWith const& wanted)
{
    return wanted.options;
}

} // namespace detail

template <detail::still_open_at_out E, detail::lines_like Wanted>
LineRange operator|(E const& expression, Wanted const& wanted)
{
    return LineRange(expression, detail::options_of(wanted));
}

template <Ends Open, detail::lines_like Wanted>
LineRange operator|(StderrOf<Open> const& expression, Wanted const& wanted)
{
    return LineRange(expression, detail::options_of(wanted));
}

template <detail::lines_like Wanted>
LineRange operator|(ReadStream& stream RUNNEL_LIFETIMEBOUND,
                    Wanted const& wanted)
{
    return LineRange(stream, detail::options_of(wanted));
}

template <std::same_as<ReadStream> S, detail::reader Wanted>
RUNNEL_REFUSED("the stream ends with its temporary Popen or Job: write Popen "
               "p(...); p.out() | lines",
               LineRange)
operator|(S&&, Wanted const&) RUNNEL_DELETED;

namespace detail {

/// The ranges of output, such as `e | lines`.
template <class R>
inline constexpr bool is_output_range = false;
template <>
inline constexpr bool is_output_range<LineRange> = true;

template <class R>
concept output_range = is_output_range<R>;

template <class T>
concept keeps_output =
    reader<T> || std::same_as<T, Capture> || std::same_as<T, ToString>;

} // namespace detail

template <detail::output_range R, detail::keeps_output T>
RUNNEL_REFUSED("lines are a range, no command: write a | capture, a | to(s), a "
               "| lines | to_vector",
               Pipeline)
operator|(R const&, T const&) RUNNEL_DELETED;

template <detail::output_range R, class T>
    requires detail::text_or_path<T>
RUNNEL_REFUSED("lines are a range, no command: write a > \"f\" for a file, a | "
               "lines | cmd(\"b\") for a command",
               Pipeline)
operator|(R const&, T const&) RUNNEL_DELETED;

template <detail::output_range R>
RUNNEL_REFUSED(
    "this view does not fit: its function takes a std::string_view; for what "
    "reads twice or backwards, collect first: a | lines | to_vector",
    R)
operator|(R const&, detail::Anything) RUNNEL_DELETED;

template <detail::output_range R>
RUNNEL_REFUSED("lines are a range, no command: write a > \"f\" for a file",
               Pipeline)
operator>(R const&, detail::Anything) RUNNEL_DELETED;

template <detail::reader Wanted>
RUNNEL_REFUSED("lines are read by this program: write a > \"f\" for a file",
               Wanted)
operator>(Wanted const&, detail::Anything) RUNNEL_DELETED;

template <class Traits, detail::output_range R>
RUNNEL_REFUSED("a range is not printed: write for (auto line : e | lines) "
               "std::cout << line, or std::cout << read(e)",
               std::basic_ostream<char, Traits>&)
operator<<(std::basic_ostream<char, Traits>&, R const&) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("records takes the end of a record: write a | records('\\0')",
               LineRange)
operator|(E const&, LinesWith (*)(LineEnd, LineOptions)) RUNNEL_DELETED;

/// Runs the expression and returns the lines that it writes to stdout:
/// `e | lines(options) | to_vector`. A failed stage throws
/// `CalledProcessError`, except with `check = false`.
[[nodiscard(
    "the lines would be lost: write check(e) to run it alone")]] RUNNEL_EXPORT
    std::vector<std::string>
    read_lines(Expression const& expression, LineOptions const& options = {});

RUNNEL_REFUSED("read_lines takes an expression, then options: write "
               "read_lines(cmd(\"ls\", \"-l\")), read_lines(sh(\"ls | wc\"))",
               std::vector<std::string>)
read_lines(...) RUNNEL_DELETED;

template <std::same_as<Stdio> File, detail::lines_like Wanted>
LineRange operator|(File const& file, Wanted const& wanted)
{
    return LineRange(file, detail::options_of(wanted));
}

} // namespace runnel::inline v0
