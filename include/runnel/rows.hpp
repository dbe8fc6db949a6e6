// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines cut into columns.
//
//     for (auto const& [user, pid, memory] :
//          cmd("ps", "-eo", "user=,pid=,rss=") | lines
//              | rows<std::string_view, int, long>)
//         total[std::string(user)] += memory;
//
//     for (auto const& [name, password, uid, rest] :
//          Stdio("/etc/passwd") | lines
//              | rows<std::string_view, Ignored, int, std::string_view>(':'))
//         ...
//
//     for (std::string_view word : fields(line)) ...
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/error.hpp>
#include <runnel/line.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

/// What separates the fields of a line.
class Separator {
public:
    /// Blanks: one or more spaces or tabs; those at both ends of the line do not count.
    constexpr Separator() noexcept = default;

    /// One such byte; two in a row have an empty field between them.
    constexpr Separator(char byte) noexcept : byte_(byte), is_byte_(true) {}

    /// Takes the first field off `rest`, which holds nothing after the last one.
    RUNNEL_EXPORT std::string_view
    take(std::optional<std::string_view>& rest) const noexcept;

    /// The text that begins with the first field; none if there is no field. The end
    /// of the line is left out, if `line` has one.
    RUNNEL_EXPORT std::optional<std::string_view>
    begin(std::string_view line) const noexcept;

private:
    char byte_ = ' ';
    bool is_byte_ = false;
};

/// The fields of a line, as a range of `std::string_view` into it. The line must live
/// as long.
class Fields : public std::ranges::view_interface<Fields> {
public:
    class iterator {
    public:
        using iterator_concept = std::forward_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using reference = std::string_view;
        using pointer = void;

        iterator() = default;
        iterator(Separator separator, std::optional<std::string_view> rest)
            : separator_(separator), rest_(rest)
        {
            take();
        }

        std::string_view operator*() const { return *field_; }
        iterator& operator++()
        {
            take();
            return *this;
        }
        iterator operator++(int)
        {
            auto const before = *this;
            take();
            return before;
        }
        bool operator==(iterator const& other) const noexcept
        {
            return field_.has_value() == other.field_.has_value()
                && (!field_ || field_->data() == other.field_->data());
        }
        bool operator==(std::default_sentinel_t) const noexcept
        {
            return !field_;
        }

    private:
        void take()
        {
            field_.reset();
            if (rest_)
                field_ = separator_.take(rest_);
        }

        Separator separator_;
        std::optional<std::string_view> rest_; ///< behind the current field
        std::optional<std::string_view> field_; ///< none: at the end
    };

    Fields() = default;
    Fields(std::string_view line, Separator separator) noexcept
        : line_(line), separator_(separator)
    {
    }

    iterator begin() const { return {separator_, separator_.begin(line_)}; }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    std::string_view line_;
    Separator separator_;
};

/// The fields of a line: `fields("a  b")` gives "a" and "b", `fields("a::b", ':')` gives
/// "a", "" and "b". An empty line has none.
[[nodiscard(
    "nothing is changed: write for (auto field : fields(line))")]] inline Fields
fields(std::string_view line, Separator separator = {}) noexcept
{
    return {line, separator};
}

/// A line that does not have the columns that were asked for. Its code is
/// `errc::bad_message`.
class RUNNEL_EXPORT RowError : public SubprocessError {
public:
    /// `row` and `column` count from 1.
    RowError(std::string const& message, std::size_t row, std::size_t column);

    /// The number of the line, counted from 1.
    std::size_t row() const noexcept { return row_; }

    /// The number of the column, counted from 1.
    std::size_t column() const noexcept { return column_; }

private:
    std::size_t row_;
    std::size_t column_;
};

/// A column that is not looked at.
struct Ignored {};

namespace detail {

/// Where a row is, for messages.
struct RowPlace {
    std::string_view line;
    std::size_t row;
    std::size_t column;
};

[[noreturn]] RUNNEL_EXPORT void throw_missing_column(RowPlace const& place);
[[noreturn]] RUNNEL_EXPORT void throw_extra_column(RowPlace const& place);

/// `wanted`: "an integer".
[[noreturn]] RUNNEL_EXPORT void throw_bad_column(RowPlace const& place,
                                                 std::string_view field,
                                                 std::string_view wanted,
                                                 bool is_too_large);

enum class Parsed : unsigned char { good, no_number, too_large };

/// Reads a decimal number, with a point in every locale, which must be the whole of
/// `field`.
RUNNEL_EXPORT Parsed parse(std::string_view field, double& value) noexcept;
RUNNEL_EXPORT Parsed parse(std::string_view field, float& value) noexcept;

template <class T>
concept text_column =
    std::same_as<T, std::string_view> || std::same_as<T, std::string>;

template <class T>
concept integer_column =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

template <class T>
inline constexpr bool is_optional_column = false;
template <class T>
inline constexpr bool is_optional_column<std::optional<T>> = true;

template <class T>
concept plain_column =
    text_column<T> || integer_column<T> || std::floating_point<T>
    || std::same_as<T, char> || std::same_as<T, Ignored>;

template <class T>
inline constexpr bool is_column = plain_column<T>;
template <class T>
inline constexpr bool is_column<std::optional<T>> = plain_column<T>;

template <text_column T>
T column_from(std::string_view field, RowPlace const&)
{
    return T(field);
}

template <std::same_as<Ignored> T>
T column_from(std::string_view, RowPlace const&)
{
    return {};
}

template <std::same_as<char> T>
T column_from(std::string_view field, RowPlace const& place)
{
    if (field.size() != 1)
        throw_bad_column(place, field, "one character", false);
    return field.front();
}

template <integer_column T>
T column_from(std::string_view field, RowPlace const& place)
{
    T value{};
    auto const* const end = field.data() + field.size();
    auto digits = field;
    if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-')
        digits.remove_prefix(1);
    auto const [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end)
        throw_bad_column(place, field, "an integer",
                         error == std::errc::result_out_of_range);
    return value;
}

template <std::floating_point T>
T column_from(std::string_view field, RowPlace const& place)
{
    std::conditional_t<std::same_as<T, float>, float, double> value = 0;
    if (auto const parsed = parse(field, value); parsed != Parsed::good)
        throw_bad_column(place, field, "a number", parsed == Parsed::too_large);
    return static_cast<T>(value);
}

/// Takes columns off a line, one after another.
class RowReader {
public:
    RowReader(std::string_view line, std::size_t row, Separator separator,
              std::size_t columns)
        : place_{line, row, 0}, separator_(separator), columns_(columns),
          rest_(separator.begin(line))
    {
    }

    template <class T>
    T column()
    {
        ++place_.column;
        if constexpr (is_optional_column<T>) {
            auto const field = take(false);
            if (!field || field->empty())
                return std::nullopt;
            return column_from<typename T::value_type>(*field, place_);
        } else {
            auto const field =
                take(text_column<T> && place_.column == columns_);
            if (!field)
                throw_missing_column(place_);
            return column_from<T>(*field, place_);
        }
    }

    void expect_end()
    {
        ++place_.column;
        if (rest_)
            throw_extra_column(place_);
    }

private:
    std::optional<std::string_view> take(bool all)
    {
        if (!rest_)
            return {};
        return all ? std::exchange(rest_, std::nullopt)
                   : separator_.take(rest_);
    }

    RowPlace place_;
    Separator separator_;
    std::size_t columns_; ///< how many are wanted
    std::optional<std::string_view> rest_;
};

template <class... Columns>
std::tuple<Columns...> row_of(std::string_view line, std::size_t row,
                              Separator separator)
{
    RowReader reader(line, row, separator, sizeof...(Columns));
    // In braces, so that the columns are read from left to right.
    std::tuple<Columns...> result{reader.column<Columns>()...};
    reader.expect_end();
    return result;
}

/// The text of an element, for as long as the iterator stays at it.
template <class Element>
class KeptText {
public:
    std::string_view text(auto const& at) const { return text_of(*at); }
    void drop() const noexcept {}

private:
    static std::string_view text_of(Line const& line)
    {
        std::string_view text = line;
        if (line.keeps_end() && text.ends_with(line.delimiter().view()))
            text.remove_suffix(line.delimiter().view().size());
        return text;
    }
    static std::string_view text_of(std::string_view text) { return text; }
};

/// An element that owns its text, and that the range makes when it is looked at.
template <class Element>
    requires(!std::is_reference_v<Element>
             && !std::derived_from<Element, std::string_view>)
class KeptText<Element> {
public:
    std::string_view text(auto const& at)
    {
        if (!element_)
            element_.emplace(*at);
        return *element_;
    }
    void drop() noexcept { element_.reset(); }

private:
    std::optional<Element> element_;
};

} // namespace detail

/// The lines of a range as tuples of columns. A line is cut when it is looked at.
template <std::ranges::view V, class... Columns>
class RowsView : public std::ranges::view_interface<RowsView<V, Columns...>> {
public:
    RowsView(V texts, Separator separator)
        : texts_(std::move(texts)), separator_(separator)
    {
    }

    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = std::tuple<Columns...>;
        using difference_type = std::ptrdiff_t;

        explicit iterator(RowsView& all)
            : at_(std::ranges::begin(all.texts_)),
              end_(std::ranges::end(all.texts_)), separator_(all.separator_)
        {
        }

        value_type operator*() const
        {
            return detail::row_of<Columns...>(kept_.text(at_), row_,
                                              separator_);
        }
        iterator& operator++()
        {
            kept_.drop();
            ++at_;
            ++row_;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return at_ == end_; }

    private:
        std::ranges::iterator_t<V> at_;
        std::ranges::sentinel_t<V> end_;
        Separator separator_;
        std::size_t row_ = 1;
        [[no_unique_address]] mutable detail::KeptText<
            std::ranges::range_reference_t<V>>
            kept_;
    };

    iterator begin() { return iterator(*this); }
    std::default_sentinel_t end() const { return {}; }

private:
    V texts_;
    Separator separator_;
};

/// The type of `rows<Columns...>`.
template <class... Columns>
struct Rows {
    Separator separator{};

    /// `rows<int, int>(',')`: one byte separates the columns, in place of blanks.
    constexpr Rows operator()(Separator by) const { return {by}; }

    template <std::ranges::viewable_range R>
        requires std::ranges::input_range<R>
              && std::convertible_to<std::ranges::range_reference_t<R>,
                                     std::string_view>
    friend auto operator|(R&& texts, Rows const& wanted)
    {
        return RowsView<std::views::all_t<R>, Columns...>(
            std::views::all(std::forward<R>(texts)), wanted.separator);
    }
};

/// Cuts each line of a range into these columns:
///
/// - `std::string_view`, a view into the line that is valid until the loop goes on,
///   or `std::string`; as the last column it takes the rest of the line, as `read` of a
///   shell does,
/// - integers and floating-point numbers in decimal, which are the whole field,
/// - `char`: a field of one byte,
/// - `std::optional` of these: empty, if the field is empty or not there,
/// - `Ignored`: any field.
///
/// A line with another number of columns, or with a column of another kind, throws
/// `RowError` when it is looked at; the loop may go on after that.
template <class... Columns>
    requires(sizeof...(Columns) > 0 && (detail::is_column<Columns> && ...))
inline constexpr Rows<Columns...> rows{};

} // namespace runnel::inline v0
