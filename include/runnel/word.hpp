// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One argument of a command.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/secrets.hpp>
#include <runnel/text_view.hpp>

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

/// An integer that a person would write as a number: no `bool`, no `char`.
template <class T>
concept number_like =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>
    && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t>
    && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

} // namespace detail

/// One word of a command line: it reaches the program as one argument, byte for
/// byte, never split and never expanded.
///
/// Converts from text, from paths and directory entries of `std::filesystem`, and
/// from integers (in decimal). A `bool`, a `char` or `nullptr` does not compile, as each is likely a
/// mistake; a pointer that is null is `std::invalid_argument`.
///
/// Parts of a word can be secret: see `secret`. `+` joins words to one word, in
/// which the parts keep their marks.
class RUNNEL_EXPORT Word {
public:
    template <class T>
        requires detail::text_like<T> || detail::path_like<T>
    Word(T const& text) : Word(Bytes{detail::text_of(text, "a word")})
    {
    }

    template <detail::number_like T>
    Word(T number) : Word(Number{number < 0, magnitude(number)})
    {
    }

    Word(bool) = delete;
    Word(char) = delete;
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    Word(T) RUNNEL_DELETED;

    /// The word as `shown`, which has masks where `real` has secrets.
    Word(std::string shown, detail::SecretText real);

    /// The text to show, with `***` in place of what is secret.
    std::string const& str() const& noexcept { return text_; }
    std::string&& str() && noexcept { return std::move(text_); }

    /// The real text, which a program gets.
    std::string const& reveal() const noexcept { return secret_.reveal(text_); }

    /// The real text if something in the word is secret, else nothing.
    detail::SecretText const& secret_text() const noexcept { return secret_; }

    /// Adds the text of `more` at the end.
    Word& operator+=(Word const& more);

    friend Word operator+(Word left, Word const& right)
    {
        return std::move(left += right);
    }

    /// True if the real texts are equal, and the same parts are secret.
    friend bool operator==(Word const& a, Word const& b) noexcept
    {
        return a.text_ == b.text_ && a.secret_ == b.secret_;
    }

    /// Prints the text to show.
    template <class Traits>
    friend std::basic_ostream<char, Traits>&
    operator<<(std::basic_ostream<char, Traits>& stream, Word const& word)
    {
        return stream.write(word.text_.data(),
                            static_cast<std::ptrdiff_t>(word.text_.size()));
    }

private:
    struct Bytes {
        std::string_view view;
    };
    struct Number {
        bool negative;
        unsigned long long magnitude;
    };

    // Not inline: g++ 12 warns of writes out of bounds in inlined strings.
    explicit Word(Bytes text);
    explicit Word(Number number);

    template <class T>
    static constexpr unsigned long long magnitude(T number)
    {
        auto const bits = static_cast<unsigned long long>(number);
        return number < 0 ? 0 - bits : bits;
    }

    std::string text_;
    detail::SecretText secret_;
};

/// Marks text as secret: a program gets it, and nobody sees it. Wherever runnel
/// shows the word, `***` stands in its place: in shell text, diagrams, messages,
/// results, events of observers, and programs that fakes get.
///
///     cmd("curl", "--user", name + ':' + secret(password), url)
///     "curl --user {}:{} {}"_cmd(name, secret(password), url)
///     cmd("deploy").env("TOKEN", secret(token))
///
/// - An error that quotes stderr of a command hides the secrets of the command
///   there as well. Captured output itself is not changed.
/// - Empty text stays as it is: nothing is masked.
/// - A NUL byte in the text is `std::invalid_argument`.
/// - Other users of this machine can see the arguments of a process, secret or
///   not, but not its environment or its stdin.
[[nodiscard("only the returned word is secret: write cmd(\"a\", "
            "secret(text))")]] RUNNEL_EXPORT Word
secret(Word const& text);

namespace detail {

/// A parameter that takes text, or a `Word`, of which parts may be secret: the value
/// of a variable, or the text of stdin. Valid as long as these.
class ValueView {
public:
    template <text_like T>
    constexpr ValueView(T const& from) : text_(from)
    {
    }
    template <std::same_as<Word> T>
    ValueView(T const& from) : text_(from.str()), word_(&from)
    {
    }
    /// In decimal.
    template <number_like T>
    ValueView(T number) : text_(""), number_(Word(number).str())
    {
    }
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    ValueView(T) RUNNEL_DELETED;

    constexpr bool is_null() const noexcept { return text_.is_null(); }

    /// The text to show; `role` as for `text_of`.
    std::string shown(std::string_view role) const
    {
        return number_.empty() ? std::string(text_.as(role)) : number_;
    }

    SecretText secret_text() const
    {
        return word_ != nullptr ? word_->secret_text() : SecretText();
    }

private:
    TextView text_;
    Word const* word_ = nullptr;
    std::string number_; ///< empty if it is none
};

/// The texts to show.
RUNNEL_EXPORT std::vector<std::string> shown(std::span<Word const> words);

/// The real texts.
RUNNEL_EXPORT std::vector<std::string> revealed(std::span<Word const> words);

template <class R>
concept range_of_words =
    std::ranges::input_range<R>
    && std::constructible_from<Word, std::ranges::range_reference_t<R>>;

/// A const view that only a copy can iterate, such as `views::filter`.
template <class R>
concept copied_words =
    !std::ranges::input_range<R> && std::ranges::view<std::remove_cvref_t<R>>
    && std::constructible_from<std::remove_cvref_t<R>, R>
    && range_of_words<std::remove_cvref_t<R>>;

/// A range whose elements can be words: arguments from a container. `R` is the
/// type of the argument; a reference, if it is an lvalue.
template <class R>
concept word_range =
    !text_like<std::remove_cvref_t<R>> && !path_like<std::remove_cvref_t<R>>
    && (range_of_words<R> || copied_words<R>);

/// What to iterate for the words of a range: the range, or a copy.
template <class R>
using Iterated = std::conditional_t<copied_words<R>, std::remove_cvref_t<R>, R>;

/// Throws `std::invalid_argument` that says where among `words` it would stand.
[[noreturn]] RUNNEL_EXPORT void refuse_null_word(std::span<Word const> words);

/// Appends a word to the `words` of a command.
template <class T>
void add_word(std::vector<Word>& words, T&& word)
{
    if (is_null(word))
        refuse_null_word(words);
    words.emplace_back(std::forward<T>(word));
}

/// Appends the words of a range.
template <word_range R>
void add_words(std::vector<Word>& words, R&& range)
{
    if constexpr (copied_words<R>)
        return add_words(words, Iterated<R>(std::forward<R>(range)));
    else {
        if constexpr (std::ranges::sized_range<R>)
            words.reserve(words.size() + std::size_t(std::ranges::size(range)));
        for (auto&& word : range)
            add_word(words, std::forward<decltype(word)>(word));
    }
}

/// The words of a range.
template <word_range R>
std::vector<Word> words_of(R&& range)
{
    std::vector<Word> words;
    add_words(words, std::forward<R>(range));
    return words;
}

} // namespace detail

} // namespace runnel::inline v0
