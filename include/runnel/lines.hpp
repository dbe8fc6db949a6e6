// The output of a pipeline as a lazy range of lines.
//
//     for (std::string_view line : cmd("dpkg", "-l") | lines)
//         ...
//     auto five = cmd("dmesg") | lines | std::views::take(5);
//
// Single pass. Nothing is started before begin(), nothing is read before it is
// needed. An element is a view into the read buffer, valid until ++; stored as
// value_type it is a std::string. At the end every stage is waited for, and a
// failed one is thrown as CalledProcessError. Leaving early closes the pipe and
// ends what still runs: SIGTERM at once, SIGKILL after two seconds.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/expression.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

namespace refused { // see operators.hpp
struct stdout_of_the_left_side_goes_elsewhere_already;
struct not_binds_tighter_than_the_pipe_write_grouped_or_put_it_in_front_of_all;
} // namespace refused

struct LineOptions {
    /// True: each line has its newline; the last one may lack it.
    bool keep_ends = false;

    /// False: a failed stage does not throw at the end of the range.
    bool check = true;
};

/// One line: a view that is valid until the iterator moves on, and becomes an
/// owned string where one is wanted.
class Line : public std::string_view {
public:
    constexpr Line() noexcept = default;
    constexpr explicit Line(std::string_view text) noexcept
        : std::string_view(text)
    {
    }

    operator std::string() const { return std::string(data(), size()); }
};

namespace detail {
class LineSource;
} // namespace detail

/// A lazy single-pass range of lines. Copies are handles to the same range.
///
/// Not thread safe. The pipeline runs from `begin()` until the end of the
/// range or until the last copy is destroyed.
class [[nodiscard]] RUNNEL_EXPORT LineRange : public std::ranges::view_base {
public:
    class iterator;

    /// A range without lines.
    LineRange() noexcept = default;

    LineRange(Expression const& expression, LineOptions options);

    /// Starts the pipeline; throws as `run` does. A second call goes on where
    /// the first iterator is, for there is only one pass.
    iterator begin() const;
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class Job;

    explicit LineRange(std::shared_ptr<detail::LineSource> source) noexcept;

    std::shared_ptr<detail::LineSource> source_;
};

class RUNNEL_EXPORT LineRange::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = std::string;
    using difference_type = std::ptrdiff_t;
    using reference = Line;

    iterator() noexcept = default;

    /// Reads, if the line is not there yet.
    Line operator*() const;

    /// Only marks: the next line is read when it is asked for.
    iterator& operator++();
    void operator++(int) { ++*this; }

    /// Reads until it is known whether there is another line.
    friend bool operator==(iterator const& at, std::default_sentinel_t)
    {
        return at.at_end();
    }

private:
    friend class LineRange;

    explicit iterator(detail::LineSource* source) noexcept : source_(source) {}

    bool at_end() const;

    detail::LineSource* source_ = nullptr;
};

/// The type of `lines`.
struct Lines {
    LineOptions options{};

    constexpr Lines operator()(LineOptions changed) const { return {changed}; }
};

/// Makes a pipeline a range: `e | lines`, or `e | lines({.keep_ends = true})`.
inline constexpr Lines lines{};

template <detail::expression E>
    requires(detail::ends_of<E>.out)
LineRange operator|(E const& expression, Lines const& wanted)
{
    return LineRange(expression, wanted.options);
}

template <
    detail::expression E,
    class Because = refused::stdout_of_the_left_side_goes_elsewhere_already>
    requires(!detail::ends_of<E>.out)
Because operator|(E const&, Lines const&) = delete;

template <
    Ends Open,
    class Because = refused::
        not_binds_tighter_than_the_pipe_write_grouped_or_put_it_in_front_of_all>
Because operator|(Negated<Open> const&, Lines const&) = delete;

} // namespace runnel::inline v0
