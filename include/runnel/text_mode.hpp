// Text mode: characters in place of bytes.
//
//     auto list = run(cmd("dir") > capture, {.encoding = "cp850"}).out;
//     for (std::string_view line : Stdio("log.txt") | lines({.encoding = "utf-16"}))
//     Popen sort({"sort"}, {.in = Stdio::pipe, .out = Stdio::pipe, .text = true});
//
// Bytes are the default, and stay as they are. In text mode what a child
// writes is decoded from `encoding` to UTF-8, and every `\r\n` and lone `\r`
// becomes `\n`; what it reads is UTF-8 here and encoded for it. Any of the
// options `text`, `universal_newlines`, `encoding` and `errors` turns it on.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/pathname.hpp>
#include <runnel/text_view.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The name of an encoding, as iconv(3) knows it; dashes and underscores do
/// not matter, so that most of Python's names do as well: `utf-8`, `latin-1`,
/// `cp1252`, `utf_16_le`, `shift_jis`. Whether there is one of that name is
/// known when it is used: `std::invalid_argument` if not.
///
/// Empty: that of the user's locale (`LC_ALL`, `LC_CTYPE`, `LANG`), whatever
/// `setlocale` was told; UTF-8 in the C locale.
class Encoding {
public:
    Encoding() noexcept = default;
    template <detail::text_like T>
    Encoding(T const& name)
        : name_(detail::text_of(name, "the name of an encoding"))
    {
    }
    Encoding(std::nullptr_t) = delete;

    std::string const& name() const noexcept { return name_; }
    bool empty() const noexcept { return name_.empty(); }

private:
    std::string name_;
};

/// What becomes of bytes that are no text in an encoding, and of characters
/// that an encoding does not have.
enum class TextErrors : unsigned char {
    strict, ///< throws `TextError`
    ignore, ///< they are left out
    replace, ///< U+FFFD for bytes, `?` for characters
    backslashreplace, ///< `\xff`, `\u20ac`, `\U0001f600`
};

} // namespace runnel::inline v0
