// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Shell text to words and back, as Python's shlex does it; and a command line
// for Windows, as `subprocess.list2cmdline` writes it.
//
//     auto const args = split("grep -n 'two words' notes");   // 4 words
//     check(cmd("ssh", host, join({"rm", "--", name})));
//
// Words that runnel passes to a program need no quotes: they are passed as they
// are. These functions are for text that a shell or another program reads.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/text_view.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

RUNNEL_EXPORT std::string join(std::span<std::string const> words);
RUNNEL_EXPORT std::string join(std::span<Word const> words); ///< as shown
RUNNEL_EXPORT std::string list2cmdline(std::span<std::string const> words);

/// The words of a range; strings are not copied.
template <word_range R>
auto kept_or_made_strings(R&& range)
{
    using Kept = std::span<std::string const>;
    if constexpr (std::convertible_to<R&, Kept>)
        return Kept(range);
    else
        return shown(words_of(std::forward<R>(range)));
}

} // namespace detail

/// How `split` reads text.
struct SplitOptions {
    /// True: a `#` that is not quoted begins a comment, up to the end of the
    /// line, even inside of a word: `a#b` is `a`, where a shell would see no
    /// comment. Default: `#` is a character like any other.
    bool comments = false;
};

// In a namespace of their own: otherwise, in a program that has a function
// `split` of its own, `split(line)` would also find this one, because `Line`
// belongs to runnel. The using-directive below adds them to runnel.
namespace shlex {

/// `word` as one word of shell text for a POSIX shell: unchanged if no
/// character in it means anything to a shell, else in single quotes.
///
/// - Bytes are taken as they are, in no encoding. A NUL byte is quoted like any
///   other, but no shell can hold one.
/// - For arguments. `if` and `a=b` are not quoted, as in Python; in the place
///   of the program, a shell takes them for something else.
/// - For POSIX shells only: `cmd.exe`, PowerShell and csh quote differently.
/// - Origin: `shlex.quote` of Python 3.11.
[[nodiscard("nothing is changed: write text = quote(word)")]] RUNNEL_EXPORT
    std::string
    quote(detail::TextView word);

RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               std::string)
quote(std::nullptr_t) RUNNEL_DELETED;

/// The words, each quoted, with one blank between them.
///
/// - `words`: an input range of anything that converts to `Word`.
/// - `split` reads the same words back, and so does a POSIX shell. Text has no
///   marks, so secrets in words are masked.
/// - Origin: `shlex.join` of Python 3.11.
template <detail::word_range R>
[[nodiscard("nothing is changed: write text = join(words)")]] std::string
join(R&& words)
{
    return detail::join(detail::kept_or_made_strings(std::forward<R>(words)));
}

/// The same for words in braces.
[[nodiscard("nothing is changed: write text = join(words)")]] RUNNEL_EXPORT
    std::string
    join(std::initializer_list<Word> words);

RUNNEL_REFUSED("join takes words: write join({\"a\", \"b\"})", std::string)
join(...) RUNNEL_DELETED;

/// The words of `text`, with quotes and backslashes as in a POSIX shell.
/// Nothing is expanded, and `|`, `>`, `;` and the like are ordinary characters.
///
/// - Blanks, tabs, newlines and carriage returns separate words.
/// - In single quotes every character stands for itself. In double quotes a
///   backslash in front of `"` or of another backslash makes that character an
///   ordinary one; in front of any other character the backslash is kept.
///   Outside of quotes a backslash makes any character an ordinary one, also a
///   newline, which a shell would drop.
/// - Quotes make a word even if there is nothing between them.
/// - Errors: `std::invalid_argument` if a quote is not closed, or if the last
///   byte is a backslash with nothing to act on. The message tells its offset
///   in `text`, in bytes.
/// - Origin: `shlex.split` of Python 3.11, with `posix=True`.
[[nodiscard("nothing is changed: write words = split(text)")]] RUNNEL_EXPORT
    std::vector<std::string>
    split(detail::TextView text, SplitOptions options = {});

RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               std::vector<std::string>)
split(std::nullptr_t, SplitOptions = {}) RUNNEL_DELETED;

} // namespace shlex

using namespace shlex;

/// The words as one command line that a Windows program splits again by the
/// rules of the Microsoft C runtime: blanks and tabs separate words unless they
/// are between double quotes, and backslashes are special only in front of a
/// double quote.
///
/// - `words`: an input range of anything that converts to `Word`.
/// - Not for `cmd.exe`, which gives `%`, `^`, `&` and others a meaning of its
///   own, nor for any POSIX shell.
/// - Origin: `subprocess.list2cmdline` of Python 3.11.
template <detail::word_range R>
std::string list2cmdline(R&& words)
{
    return detail::list2cmdline(
        detail::kept_or_made_strings(std::forward<R>(words)));
}

/// The same for words in braces.
RUNNEL_EXPORT std::string list2cmdline(std::initializer_list<Word> words);

RUNNEL_REFUSED("list2cmdline takes words: write list2cmdline({\"a\", \"b\"})",
               std::string)
list2cmdline(...) RUNNEL_DELETED;

} // namespace runnel::inline v0
