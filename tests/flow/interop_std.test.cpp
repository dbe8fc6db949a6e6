// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Every adaptor of the standard that takes an input range gives of lines what
// it gives of a vector of the same strings.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace views = std::views;

// clang 16 cannot compile how libstdc++ 12 joins ranges that are values.
#if !defined(__clang__) || __clang_major__ > 16 || defined(_LIBCPP_VERSION)
#define JOINS_VALUES
#endif

namespace {

using Strings = std::vector<std::string>;

Strings const words{"one", "two", "", "three", "--", "four", "five", "six"};

/// An expression that writes `words`, a line each.
Command writer()
{
    std::string text;
    for (auto const& word : words)
        text += word + '\n';
    return cmd(child("print"), text);
}

/// The words as lines are: once, one after the other, as views.
class Once : public std::ranges::view_base {
public:
    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;

        Line operator*() const { return Line(words[at_]); }
        iterator& operator++()
        {
            ++at_;
            return *this;
        }
        void operator++(int) { ++at_; }
        bool operator==(std::default_sentinel_t) const
        {
            return at_ == words.size();
        }

    private:
        std::size_t at_ = 0;
    };

    iterator begin() const { return {}; }
    std::default_sentinel_t end() const { return {}; }
};

/// The elements as text: strings, numbers, or ranges of them.
std::string text_of(std::string_view word)
{
    return '"' + std::string(word) + '"';
}
std::string text_of(std::size_t number)
{
    return std::to_string(number);
}
template <class R>
    requires(!std::convertible_to<R, std::string_view>
             && std::ranges::input_range<R>)
std::string text_of(R&& range)
{
    std::string text = "[";
    for (auto&& element : range)
        text += text_of(element) + ' ';
    return text + ']';
}

/// That `adaptor` gives the same of lines and of what is no line.
template <class Adaptor>
void check_same(Adaptor const& adaptor)
{
    NoLeaks const no_leaks;
    auto const wanted = text_of(adaptor(Once()));
    CHECK(text_of(adaptor(writer() | lines)) == wanted);
    CHECK(text_of(adaptor((writer() | cmd(child("copy"))) | lines)) == wanted);
    CHECK(wanted.size() > 2);
}

bool is_short(std::string_view word)
{
    return word.size() < 4;
}

std::size_t length(std::string_view word)
{
    return word.size();
}

std::string twice(std::string_view word)
{
    return std::string(word) + std::string(word);
}

std::pair<std::string, std::size_t> with_length(std::string_view word)
{
    return {std::string(word), word.size()};
}

} // namespace

TEST_CASE("views::all and ref_view take lines", "[ranges][interop]")
{
    check_same([](auto range) { return views::all(range); });
    check_same([](auto range) { return range | views::all | views::all; });
    NoLeaks const no_leaks;
    auto range = writer() | lines;
    CHECK(text_of(std::ranges::ref_view(range)) == text_of(words));
}

TEST_CASE("views::filter takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::filter(is_short); });
    check_same([](auto range) {
        return range | views::filter(is_short) | views::filter(length);
    });
    NoLeaks const no_leaks;
    auto const none = [](std::string_view) { return false; };
    CHECK(text_of(writer() | lines | views::filter(none)) == "[]");
}

TEST_CASE("views::transform takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::transform(length); });
    check_same([](auto range) { return range | views::transform(twice); });
}

TEST_CASE("views::take takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::take(3); });
    check_same([](auto range) { return range | views::take(100); });
    check_same([](auto range) {
        return range | views::take(3) | views::transform(twice);
    });
    NoLeaks const no_leaks;
    CHECK(text_of(writer() | lines | views::take(0)) == "[]");
}

TEST_CASE("views::take_while takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::take_while(is_short); });
}

TEST_CASE("views::drop takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::drop(3); });
    check_same([](auto range) { return range | views::drop(0); });
    NoLeaks const no_leaks;
    CHECK(text_of(writer() | lines | views::drop(100)) == "[]");
}

TEST_CASE("views::drop_while takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::drop_while(is_short); });
}

TEST_CASE("views::lazy_split takes lines", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    std::string parts;
    auto split = writer() | lines | views::lazy_split(std::string("--"));
    for (auto part : split) {
        for (std::string_view const line : part)
            parts += std::string(line) + ' ';
        parts += '|';
    }
    CHECK(parts == "one two  three |four five six |");
}

TEST_CASE("views::common takes lines, for algorithms in pairs of iterators",
          "[ranges][interop]")
{
    check_same([](auto range) { return range | views::common; });
    NoLeaks const no_leaks;
    auto range = writer() | lines | views::common;
    Strings const all(range.begin(), range.end());
    CHECK(all == words);
    auto again = writer() | lines | views::common;
    CHECK(std::count(again.begin(), again.end(), std::string_view("two")) == 1);
}

TEST_CASE("views::elements, keys and values take pairs made of lines",
          "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(with_length) | views::keys;
    });
    check_same([](auto range) {
        return range | views::transform(with_length) | views::values;
    });
    check_same([](auto range) {
        return range | views::transform(with_length) | views::elements<1>;
    });
}

TEST_CASE("views::counted takes an iterator over lines", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const range = writer() | lines;
    auto const counted = views::counted(range.begin(), 3);
    CHECK(text_of(counted) == text_of(Strings{"one", "two", ""}));
}

TEST_CASE("a subrange of lines is a range", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const range = writer() | lines;
    auto at = range.begin();
    ++at;
    auto const rest = std::ranges::subrange(at, range.end());
    CHECK(text_of(rest) == text_of(Strings(words.begin() + 1, words.end())));
}

TEST_CASE("adaptors compose over lines", "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::drop(1) | views::filter(is_short)
             | views::transform(twice) | views::take(3);
    });
    check_same([](auto range) {
        return range | (views::filter(is_short) | views::transform(length));
    });
}

TEST_CASE("views refuse in lines what can be gone over once only",
          "[ranges][interop]")
{
    static_assert(!std::invocable<decltype(views::reverse), LineRange>);
    static_assert(!std::ranges::forward_range<LineRange>);
    static_assert(std::ranges::viewable_range<LineRange&>);
    static_assert(std::ranges::viewable_range<LineRange const&>);
    static_assert(std::ranges::viewable_range<LineRange>);
    SUCCEED();
}

TEST_CASE("the lines of a stream and of a file are ranges alike",
          "[ranges][interop]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "a\nbb\nc"}, {.out = Stdio::pipe});
    CHECK(text_of(p.out() | lines | views::filter(is_short)
                  | views::transform(length))
          == "[1 2 1 ]");
    CHECK(text_of(Stdio(devnull) | lines | views::transform(length)) == "[]");
}

TEST_CASE("views take chunks", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "abcdefg");
    auto const text = [](Chunk chunk) { return std::string(chunk.text()); };
    CHECK(text_of(e | chunks(3, {.full = true}) | views::transform(text)
                  | views::drop(1))
          == "[\"def\" \"g\" ]");
}

TEST_CASE("views over lines stand on the left of a command",
          "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    auto const range =
        writer() | lines | views::filter(is_short) | views::transform(twice);
    CHECK(read(range | copy) == "oneone\ntwotwo\n\n----\nsixsix");
    CHECK(read(writer() | lines | views::transform(length) | copy)
          == "3\n3\n0\n5\n2\n4\n4\n3");
    CHECK(read(writer() | lines | views::common | views::drop(6) | copy)
          == "five\nsix");
}

TEST_CASE("views are stages", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK(
        read(writer() | stage(views::filter(is_short) | views::drop(2)) | copy)
        == "\n--\nsix");
    CHECK(read(writer() | stage(views::take_while(is_short)) | copy)
          == "one\ntwo");
}

#ifdef JOINS_VALUES

namespace {

/// The letters of a word, each a string.
Strings letters(std::string_view word)
{
    Strings all;
    for (char const c : word)
        all.emplace_back(1, c);
    return all;
}

} // namespace

TEST_CASE("views::join takes ranges made of lines", "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(letters) | views::join;
    });
}

TEST_CASE("views::join takes lines as ranges of bytes", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    std::string all;
    std::ranges::copy(writer() | lines | views::join, std::back_inserter(all));
    CHECK(all == "onetwothree--fourfivesix");
}

TEST_CASE("views::join takes chunks as ranges of bytes", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    std::string all;
    for (std::byte const byte : cmd(child("print"), "abcdefg")
                                    | chunks(2, {.full = true}) | views::take(2)
                                    | views::join)
        all += static_cast<char>(byte);
    CHECK(all == "abcd");
}

TEST_CASE("joined views over lines go into a command and into a stage",
          "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK(read(writer() | lines | views::transform(letters) | views::join
               | views::take(4) | copy)
          == "o\nn\ne\nt");
    CHECK(read(writer() | stage(views::transform(letters) | views::join)
               | first(2) | copy)
          == "o\nn");
}

#endif
