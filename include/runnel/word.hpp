// One argument of a command.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/text_view.hpp>

#include <concepts>
#include <cstddef>
#include <ranges>
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
/// Converts from text, from `std::filesystem::path` and from integers (in
/// decimal). A `bool`, a `char` or `nullptr` does not compile, as each is likely a
/// mistake; a pointer that is null is `std::invalid_argument`.
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
    Word(std::nullptr_t) = delete;

    std::string const& str() const& noexcept { return text_; }
    std::string&& str() && noexcept { return std::move(text_); }

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
};

namespace detail {

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
[[noreturn]] RUNNEL_EXPORT void
refuse_null_word(std::vector<std::string> const& words);

/// Appends a word to the `words` of a command.
template <class T>
void add_word(std::vector<std::string>& words, T&& word)
{
    if (is_null(word))
        refuse_null_word(words);
    words.push_back(Word(std::forward<T>(word)).str());
}

/// Appends the words of a range.
template <word_range R>
void add_words(std::vector<std::string>& words, R&& range)
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
std::vector<std::string> strings_of(R&& range)
{
    std::vector<std::string> words;
    add_words(words, std::forward<R>(range));
    return words;
}

} // namespace detail

} // namespace runnel::inline v0
