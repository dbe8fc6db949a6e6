// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/rows.hpp>

#include "text/visible.hpp"

#include <algorithm>
#include <version>

#ifndef __cpp_lib_to_chars
#include <locale>
#include <sstream>
#endif

namespace runnel::inline v0 {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view without_end(std::string_view line) noexcept
{
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
    }
    return line;
}

std::string shown_quoted(std::string_view text)
{
    constexpr std::size_t most = 60;
    auto const shown = first_bytes(text, most);
    return '"' + in_one_line(shown)
         + (shown.size() < text.size() ? "...\"" : "\"");
}

[[noreturn]] void refuse_row(detail::RowPlace const& place,
                             std::string const& what)
{
    throw RowError("line " + std::to_string(place.row) + ", column "
                       + std::to_string(place.column) + ": " + what,
                   place.row, place.column);
}

} // namespace

// --- fields ------------------------------------------------------------------------

std::optional<std::string_view>
Separator::begin(std::string_view line) const noexcept
{
    line = without_end(line);
    if (!is_byte_) {
        // find_... gives npos if there are blanks only; then nothing is left.
        line = line.substr(0, line.find_last_not_of(blanks) + 1);
        line.remove_prefix(
            std::min(line.find_first_not_of(blanks), line.size()));
    }
    if (line.empty())
        return {};
    return line;
}

std::string_view
Separator::take(std::optional<std::string_view>& rest) const noexcept
{
    auto const text = *rest;
    auto const end = is_byte_ ? text.find(byte_) : text.find_first_of(blanks);
    auto const field = text.substr(0, end);
    if (end == text.npos)
        rest.reset();
    else if (is_byte_)
        rest = text.substr(end + 1);
    else // no blank is the last byte
        rest = text.substr(text.find_first_not_of(blanks, end));
    return field;
}

// --- numbers -----------------------------------------------------------------------

namespace {

template <class T>
detail::Parsed parsed(std::string_view field, T& value) noexcept
{
    using detail::Parsed;
    if (field.size() > 1 && field.front() == '+' && field[1] != '-')
        field.remove_prefix(1);
#ifdef __cpp_lib_to_chars
    auto const* const end = field.data() + field.size();
    auto const [stop, error] = std::from_chars(field.data(), end, value);
    if (stop != end || field.empty() || error == std::errc::invalid_argument)
        return Parsed::no_number;
    return error == std::errc{} ? Parsed::good : Parsed::too_large;
#else
    if (field.find_first_of("xX \t") != field.npos)
        return Parsed::no_number;
    try {
        std::istringstream in{std::string(field)};
        in.imbue(std::locale::classic());
        in >> value;
        // Out of range: a failure, with the nearest value that there is.
        bool const is_good = !in.fail();
        bool const is_large = !is_good && value != 0;
        in.clear();
        bool const is_whole =
            in.peek() == std::istringstream::traits_type::eof();
        if (!is_whole || (!is_good && !is_large))
            return Parsed::no_number;
        return is_good ? Parsed::good : Parsed::too_large;
    } catch (...) {
        return Parsed::no_number;
    }
#endif
}

} // namespace

detail::Parsed detail::parse(std::string_view field, double& value) noexcept
{
    return parsed(field, value);
}

detail::Parsed detail::parse(std::string_view field, float& value) noexcept
{
    return parsed(field, value);
}

// --- errors ------------------------------------------------------------------------

RowError::RowError(std::string const& message, std::size_t row,
                   std::size_t column)
    : SubprocessError(std::make_error_code(std::errc::bad_message), message),
      row_(row), column_(column)
{
}

void detail::throw_missing_column(RowPlace const& place)
{
    refuse_row(place, "there is none in " + shown_quoted(place.line));
}

void detail::throw_extra_column(RowPlace const& place)
{
    refuse_row(place, "one too many in " + shown_quoted(place.line));
}

void detail::throw_bad_column(RowPlace const& place, std::string_view field,
                              std::string_view wanted, bool is_too_large)
{
    std::string what = shown_quoted(field);
    what += is_too_large ? " does not fit into " : " is not ";
    refuse_row(place,
               what.append(is_too_large ? "the type of the column" : wanted));
}

} // namespace runnel::inline v0
