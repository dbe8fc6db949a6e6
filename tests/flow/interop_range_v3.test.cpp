// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Every adaptor of range-v3 that takes an input range gives of lines what it
// gives of a vector of the same strings; beside those of the standard.

// g++ 12 sees uninitialised members in scans of range-v3 when it sanitizes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#if __has_include(<range/v3/all.hpp>)

#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/range_v3.hpp>

#include <catch2/catch.hpp>

#include <range/v3/all.hpp>

#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace views = ranges::views;

static_assert(ranges::input_range<LineRange>);
static_assert(!ranges::forward_range<LineRange>);
static_assert(ranges::view_<LineRange>);
static_assert(ranges::viewable_range<LineRange&>);
static_assert(ranges::input_range<ChunkRange>);
static_assert(ranges::view_<ChunkRange>);
static_assert(ranges::input_range<TaggedRange>);
static_assert(ranges::view_<TaggedRange>);
static_assert(std::same_as<ranges::range_value_t<LineRange>, std::string>);
static_assert(std::ranges::input_range<LineRange>);

namespace {

using Strings = std::vector<std::string>;

Strings const words{"one", "two", "", "three", "--", "four", "five", "six"};

Command writer()
{
    std::string text;
    for (auto const& word : words)
        text += word + '\n';
    return cmd(child("print"), text);
}

/// The elements as text: strings, numbers, pairs, or ranges of them.
std::string text_of(std::string_view word)
{
    return '"' + std::string(word) + '"';
}
std::string text_of(std::size_t number)
{
    return std::to_string(number);
}
std::string text_of(char c)
{
    return {c};
}
template <class A, class B>
std::string text_of(std::pair<A, B> const& pair)
{
    return '(' + text_of(pair.first) + ' ' + text_of(pair.second) + ')';
}
template <class R>
    requires(!std::convertible_to<R, std::string_view>
             && ranges::input_range<R>)
std::string text_of(R&& range)
{
    std::string text = "[";
    for (auto&& element : range)
        text += text_of(element) + ' ';
    return text + ']';
}

/// That `adaptor` gives the same of lines and of the words themselves.
template <class Adaptor>
void check_same(Adaptor const& adaptor)
{
    NoLeaks const no_leaks;
    auto const wanted = text_of(adaptor(views::all(words)));
    CHECK(text_of(adaptor(writer() | lines)) == wanted);
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

Strings letters(std::string_view word)
{
    Strings all;
    for (char const c : word)
        all.emplace_back(1, c);
    return all;
}

std::pair<std::string, std::size_t> with_length(std::string_view word)
{
    return {std::string(word), word.size()};
}

} // namespace

TEST_CASE("range-v3 collects lines into owned strings", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const all = writer() | lines | ranges::to<std::vector>();
    static_assert(std::same_as<decltype(all), Strings const>);
    CHECK(all == words);
    CHECK((writer() | lines | ranges::to_vector) == words);
    auto const set = writer() | lines | ranges::to<std::set<std::string>>();
    CHECK(set.size() == words.size());
    CHECK((writer() | lines | views::filter(is_short) | ranges::to_vector
           | ranges::actions::sort)
          == Strings{"", "--", "one", "six", "two"});
}

TEST_CASE("range-v3's all, filter and transform take lines",
          "[ranges][interop]")
{
    check_same([](auto range) { return range | views::all; });
    check_same([](auto range) { return range | views::filter(is_short); });
    check_same([](auto range) { return range | views::remove_if(is_short); });
    check_same([](auto range) { return range | views::transform(length); });
    check_same([](auto range) {
        return range | views::filter(is_short) | views::transform(twice);
    });
}

TEST_CASE("range-v3's take and drop take lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::take(3); });
    check_same([](auto range) { return range | views::take_exactly(3); });
    check_same([](auto range) { return range | views::take_while(is_short); });
    check_same([](auto range) { return range | views::drop(3); });
    check_same([](auto range) { return range | views::drop_exactly(3); });
    check_same([](auto range) { return range | views::drop_while(is_short); });
    check_same([](auto range) { return range | views::tail; });
}

TEST_CASE("range-v3's enumerate and zip take lines", "[ranges][interop]")
{
    auto const as_pair = [](auto&& of) {
        return std::pair(static_cast<std::size_t>(of.first),
                         std::string(std::string_view(of.second)));
    };
    check_same([&](auto range) {
        return range | views::enumerate | views::transform(as_pair);
    });
    check_same([&](auto range) {
        return views::zip(views::iota(std::size_t{7}), range)
             | views::transform(as_pair);
    });
    check_same([](auto range) {
        return views::zip_with(
            [](std::string_view word, int number) {
                return std::string(word) + std::to_string(number);
            },
            range, views::ints(1, ranges::unreachable));
    });
    NoLeaks const no_leaks;
    auto both = views::zip(writer() | lines, writer() | lines);
    std::size_t equal = 0;
    for (auto&& [left, right] : both)
        equal += left == right;
    CHECK(equal == words.size());
}

TEST_CASE("range-v3's chunk takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::chunk(3); });
    check_same([](auto range) {
        return range | views::chunk(2) | views::transform([](auto part) {
                   return part | views::join('+') | ranges::to<std::string>();
               });
    });
}

TEST_CASE("range-v3's intersperse takes lines", "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(twice)
             | views::intersperse(std::string(","));
    });
    NoLeaks const no_leaks;
    CHECK(text_of(writer() | lines | views::take(2)
                  | views::intersperse(std::string(",")))
          == text_of(Strings{"one", ",", "two"}));
}

TEST_CASE("range-v3's join takes lines and what is made of them",
          "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(letters) | views::join;
    });
    check_same([](auto range) {
        return range | views::transform(letters)
             | views::join(std::string("/"));
    });
    check_same([](auto range) { return range | views::join; });
    check_same([](auto range) { return range | views::join(';'); });
}

TEST_CASE("range-v3's for_each takes lines", "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::for_each([](std::string_view word) {
                   return ranges::yield_if(!word.empty(), twice(word));
               });
    });
}

TEST_CASE("range-v3's replace and replace_if take lines", "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(length)
             | views::replace(std::size_t{3}, std::size_t{33});
    });
    check_same([](auto range) {
        return range | views::replace_if(is_short, std::string("short"));
    });
}

TEST_CASE("range-v3's stride takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::stride(3); });
}

TEST_CASE("range-v3's concat takes lines", "[ranges][interop]")
{
    check_same([](auto range) {
        return views::concat(range | views::transform(twice),
                             words | views::transform(twice));
    });
    NoLeaks const no_leaks;
    CHECK(text_of(views::concat(writer() | lines, writer() | lines)
                  | views::drop(7) | views::take(2))
          == text_of(Strings{"six", "one"}));
}

TEST_CASE("range-v3's cache1 takes lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::cache1; });
    check_same([](auto range) {
        return range | views::transform(twice) | views::cache1
             | views::filter([](std::string const& s) { return s.size() < 7; });
    });
}

TEST_CASE("range-v3's keys and values take pairs made of lines",
          "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(with_length) | views::keys;
    });
    check_same([](auto range) {
        return range | views::transform(with_length) | views::values;
    });
}

TEST_CASE("range-v3's partial_sum takes numbers made of lines",
          "[ranges][interop]")
{
    check_same([](auto range) {
        return range | views::transform(length) | views::partial_sum;
    });
    check_same([](auto range) {
        return range | views::transform(length)
             | views::exclusive_scan(std::size_t{0});
    });
}

TEST_CASE("range-v3's const_ and move take lines", "[ranges][interop]")
{
    check_same([](auto range) { return range | views::const_; });
    check_same([](auto range) {
        return range | views::transform(twice) | views::move;
    });
}

TEST_CASE("range-v3's set algorithms on views take lines", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const sorted = cmd(child("print"), "a\nb\nc\nd\n");
    Strings const some{"b", "d", "e"};
    CHECK(text_of(views::set_intersection(sorted | lines, some))
          == text_of(Strings{"b", "d"}));
    CHECK(text_of(views::set_difference(sorted | lines, some))
          == text_of(Strings{"a", "c"}));
}

TEST_CASE("range-v3's counted takes an iterator over lines",
          "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const range = writer() | lines;
    CHECK(text_of(views::counted(range.begin(), 2))
          == text_of(Strings{"one", "two"}));
}

TEST_CASE("range-v3's algorithms take lines", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const e = writer();
    CHECK(ranges::distance(e | lines) == 8);
    CHECK(ranges::count_if(e | lines, is_short) == 5);
    CHECK(ranges::max(e | lines) == "two");
    CHECK(ranges::equal(e | lines, words));
    CHECK(
        ranges::accumulate(e | lines | views::transform(length), std::size_t{0})
        == 24);
    CHECK(ranges::any_of(e | lines, is_short));
}

TEST_CASE("views of both libraries compose over lines", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    CHECK(text_of(writer() | lines | std::views::filter(is_short)
                  | std::views::take(2))
          == text_of(Strings{"one", "two"}));
    auto by_v3 = writer() | lines | views::transform(twice)
               | views::filter([](auto const& s) { return !s.empty(); });
    std::string all;
    for (std::string const& line : by_v3)
        all += line;
    CHECK(all == "oneonetwotwothreethree----fourfourfivefivesixsix");
}

TEST_CASE("range-v3 takes chunks", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "abcdefg");
    auto const text = [](Chunk chunk) { return std::string(chunk.text()); };
    CHECK(text_of(e | chunks(3, {.full = true}) | views::transform(text)
                  | views::drop(1))
          == text_of(Strings{"def", "g"}));
    auto const all = e | chunks(4, {.full = true}) | ranges::to_vector;
    static_assert(
        std::same_as<decltype(all), std::vector<std::vector<std::byte>> const>);
    CHECK(all.size() == 2);
}

TEST_CASE("views of range-v3 stand on the left of a command",
          "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK(read(writer() | lines | views::filter(is_short)
               | views::transform(twice) | copy)
          == "oneone\ntwotwo\n\n----\nsixsix");
    CHECK(read(words | views::stride(3) | copy) == "one\nthree\nfive");
    CHECK(read(writer() | lines | views::transform(letters) | views::join
               | views::take(4) | copy)
          == "o\nn\ne\nt");
    CHECK(read(views::ints(1, 4) | copy) == "1\n2\n3");
    CHECK(read(views::concat(words, words) | views::take(9) | views::drop(7)
               | copy)
          == "six\none");
}

TEST_CASE("views of range-v3 are stages", "[ranges][interop]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    auto const chosen = stage([](LineRange in) {
        return in | views::filter(is_short) | views::drop(2);
    });
    CHECK(read(writer() | chosen | copy) == "\n--\nsix");
    auto const composed = views::transform(letters) | views::join;
    CHECK(read(writer() | stage(composed) | first(2) | copy) == "o\nn");
    CHECK(read(writer() | stage(views::stride(4)) | copy) == "one\n--");
}

#endif
