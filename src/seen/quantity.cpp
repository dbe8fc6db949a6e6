// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/quantity.hpp"

#include <array>
#include <charconv>

namespace runnel::inline v0 {

namespace {

using namespace std::chrono_literals;

/// Three digits.
std::string short_number(double number)
{
    return decimal(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0);
}

std::string two_digits(long number)
{
    auto const text = std::to_string(number);
    return text.size() < 2 ? '0' + text : text;
}

} // namespace

std::string decimal(double number, int digits)
{
    std::array<char, 400> text;
    auto const [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), number,
                      std::chars_format::fixed, digits);
    return error == std::errc() ? std::string(text.data(), end) : "?";
}

std::string clock_text(std::chrono::seconds duration)
{
    auto const all = static_cast<long>(duration.count());
    auto const seconds = ':' + two_digits(all % 60);
    if (all < 3600)
        return std::to_string(all / 60) + seconds;
    return std::to_string(all / 3600) + ':' + two_digits(all / 60 % 60)
         + seconds;
}

std::string text_of(std::chrono::nanoseconds duration)
{
    if (duration >= 60s)
        return clock_text(
            std::chrono::duration_cast<std::chrono::seconds>(duration));
    auto const count = static_cast<double>(duration.count());
    if (duration >= 999500us)
        return short_number(count / 1e9) + " s";
    if (duration >= 999500ns)
        return short_number(count / 1e6) + " ms";
    return decimal(count / 1e3, 0) + " us";
}

std::string text_of_bytes(std::uint64_t bytes)
{
    if (bytes < 1024)
        return std::to_string(bytes) + " B";
    auto number = static_cast<double>(bytes);
    std::string_view unit = "KMGTPE";
    while (number >= 1023.5 * 1024) {
        number /= 1024;
        unit.remove_prefix(1);
    }
    return short_number(number / 1024) + ' ' + unit.front() + "iB";
}

std::string text_of_bytes(std::optional<std::uint64_t> bytes,
                          std::string_view otherwise)
{
    return bytes ? text_of_bytes(*bytes) : std::string(otherwise);
}

} // namespace runnel::inline v0
