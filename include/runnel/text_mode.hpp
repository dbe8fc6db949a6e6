// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text mode: characters in place of bytes.
//
//     auto list = run(cmd("dir") > capture, {.encoding = "cp850"}).out;
//     for (std::string_view line : Stdio("log.txt") | lines({.encoding = "utf-16"}))
//     Popen sort({"sort"}, {.in = Stdio::pipe, .out = Stdio::pipe, .text = true});
//
// Bytes are the default, and stay as they are. In text mode the output of a
// child is decoded from `encoding` to UTF-8, and every `\r\n` and lone `\r`
// becomes `\n`. The input of a child is UTF-8 in this process, and is encoded
// for the child. So are `text("...")` and the words of ranges and in-process
// stages; the lines that such a stage reads are decoded. Words that are bytes stay
// as they are. Any of the options `text`, `universal_newlines`, `encoding` and
// `errors` turns text mode on.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/pathname.hpp>
#include <runnel/text_view.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The name of an encoding, as iconv(3) knows it. Dashes and underscores do not
/// matter, so most of Python's names work as well: `utf-8`, `latin-1`,
/// `cp1252`, `utf_16_le`, `shift_jis`. An unknown name is
/// `std::invalid_argument` when the encoding is used.
///
/// Empty: the encoding of the user's locale (`LC_ALL`, `LC_CTYPE`, `LANG`),
/// independent of `setlocale`; UTF-8 in the C locale.
class Encoding {
public:
    Encoding() noexcept = default;
    template <detail::text_like T>
    Encoding(T const& name)
        : name_(detail::text_of(name, "the name of an encoding"))
    {
    }
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    Encoding(T) RUNNEL_DELETED;

    std::string const& name() const noexcept { return name_; }
    bool empty() const noexcept { return name_.empty(); }

private:
    std::string name_;
};

/// How to treat bytes that are invalid in an encoding, and characters that an
/// encoding does not have.
enum class TextErrors : unsigned char {
    strict, ///< throws `TextError`
    ignore, ///< leaves them out
    replace, ///< U+FFFD for bytes, `?` for characters
    backslashreplace, ///< `\xff`, `\u20ac`, `\U0001f600`
};

} // namespace runnel::inline v0
