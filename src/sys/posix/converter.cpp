// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Encodings, through iconv(3).
#include "sys/converter.hpp"
#include "sys/result.hpp"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdint>
#include <string>

#include <iconv.h>
#include <langinfo.h>

namespace runnel::inline v0::sys {

namespace {

bool has_failed(::iconv_t opened) noexcept
{
    return reinterpret_cast<std::intptr_t>(opened) == -1;
}

std::string without(std::string name, char c)
{
    std::erase(name, c);
    return name;
}

/// Without its last dash: `utf-16-le` becomes `utf-16le`, `latin-1` `latin1`.
std::string without_last_dash(std::string name)
{
    if (auto const at = name.rfind('-'); at != name.npos)
        name.erase(at, 1);
    return name;
}

/// A slash would begin options of iconv; an empty name would mean the locale.
bool is_name(std::string const& name)
{
    auto const bare = without(without(name, '-'), '_');
    return !bare.empty() && bare.find('/') == bare.npos
        && bare.find('\0') == bare.npos;
}

} // namespace

// Only the dashes of names differ: between libraries, and from Python's names.
Result<std::string> known_encoding(std::string const& name)
{
    auto const unknown = std::make_error_code(std::errc::invalid_argument);
    if (!is_name(name))
        return {unknown};
    auto dashed = name;
    std::ranges::replace(dashed, '_', '-');
    for (auto const& known :
         {dashed, name, without_last_dash(dashed), without(dashed, '-')}) {
        auto const opened = Converter::open("UTF-8", known);
        if (opened || opened.error != unknown)
            return {opened.error, known};
    }
    return {unknown};
}

std::string locale_encoding()
{
    auto const locale = ::newlocale(LC_CTYPE_MASK, "", ::locale_t{});
    if (locale == ::locale_t{})
        return {};
    std::string name = ::nl_langinfo_l(CODESET, locale);
    ::freelocale(locale);
    return name == "ANSI_X3.4-1968" ? std::string() : name;
}

Converter::~Converter()
{
    if (handle_ != nullptr)
        ::iconv_close(handle_);
}

Result<Converter> Converter::open(std::string const& to,
                                  std::string const& from)
{
    auto const handle = ::iconv_open(to.c_str(), from.c_str());
    if (has_failed(handle))
        return {{errno, std::generic_category()}};
    Result<Converter> opened;
    opened.value.handle_ = handle;
    return opened;
}

Converter::Stop Converter::convert(std::string_view& from,
                                   std::span<char>& into) noexcept
{
    if (from.empty())
        return Stop::done; // iconv would take a null pointer for a reset
    auto* in = const_cast<char*>(from.data());
    auto in_left = from.size();
    return call(&in, &in_left, from, into);
}

Converter::Stop Converter::finish(std::span<char>& into) noexcept
{
    std::string_view nothing;
    return call(nullptr, nullptr, nothing, into);
}

void Converter::reset() noexcept
{
    ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);
}

Converter::Stop Converter::call(char** in, std::size_t* in_left,
                                std::string_view& from,
                                std::span<char>& into) noexcept
{
    auto* out = into.data();
    auto out_left = into.size();
    auto const result = ::iconv(handle_, in, in_left, &out, &out_left);
    int const error = errno;
    if (in_left != nullptr)
        from.remove_prefix(from.size() - *in_left);
    into = into.last(out_left);
    if (result != static_cast<std::size_t>(-1))
        return Stop::done;
    return error == EINVAL ? Stop::incomplete
         : error == E2BIG  ? Stop::full
                           : Stop::invalid;
}

} // namespace runnel::inline v0::sys
