// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The first of several texts in bytes that arrive in pieces.
#include "text/text_search.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;

namespace {

using Texts = std::vector<std::string_view>;

std::string in_words(std::optional<TextSearch::Hit> const& hit)
{
    return hit
             ? std::to_string(hit->index) + " at " + std::to_string(hit->begin)
                   + " to " + std::to_string(hit->end)
             : "none";
}

/// What is found if `bytes` arrive in pieces of `size`.
std::string found(Texts const& texts, std::string_view bytes, std::size_t size)
{
    TextSearch search(texts);
    for (auto end = size; end < bytes.size(); end += size)
        if (auto const hit = search.find(bytes.substr(0, end)))
            return in_words(hit);
    return in_words(search.find(bytes));
}

/// The rule, byte by byte: the text that is complete first, the longest of
/// several, the first of equal ones.
std::string by_the_rule(Texts const& texts, std::string_view bytes)
{
    for (std::size_t end = 1; end <= bytes.size(); ++end) {
        std::optional<TextSearch::Hit> best;
        for (std::size_t i = 0; i < texts.size(); ++i)
            if (bytes.substr(0, end).ends_with(texts[i])
                && (!best || end - texts[i].size() < best->begin))
                best = {i, end - texts[i].size(), end};
        if (best)
            return in_words(best);
    }
    return "none";
}

} // namespace

TEST_CASE("a search finds the first of several texts", "[text][talk]")
{
    CHECK(found({"one", "two"}, "...two one", 100) == "1 at 3 to 6");
    CHECK(found({"one", "two"}, "...one two", 100) == "0 at 3 to 6");
    CHECK(found({"one", "two"}, "nothing", 100) == "none");
    CHECK(found({"one"}, "", 100) == "none");
}

TEST_CASE("a text that is a part of another is found by the rule of expect",
          "[text][talk]")
{
    CHECK(found({"error", "err"}, "an error", 100) == "1 at 3 to 6");
    CHECK(found({"error", "rro"}, "an error", 100) == "1 at 4 to 7");
    CHECK(found({"ror", "error"}, "an error", 100) == "1 at 3 to 8");
    CHECK(found({"error", "ror"}, "an error", 100) == "0 at 3 to 8");
    CHECK(found({"x", "err", "err"}, "an error", 100) == "1 at 3 to 6");
    CHECK(found({"bcd", "abc"}, "abcd", 100) == "1 at 0 to 3");
}

TEST_CASE("what a search finds does not depend on the pieces", "[text][talk]")
{
    std::mt19937 random(7);
    auto const word = [&](std::size_t most) {
        std::string made(1 + random() % most, 'a');
        for (char& c : made)
            c = "ab"[random() % 2];
        return made;
    };
    for (int i = 0; i < 3000; ++i) {
        // Some are long enough for the steps of the search.
        auto const bytes = std::string(random() % 3 * 250, 'a') + word(30);
        std::vector<std::string> owned(1 + random() % 4);
        for (auto& text : owned)
            text = word(7) + (random() % 2 != 0 ? "b" : "");
        Texts const texts(owned.begin(), owned.end());
        auto const expected = by_the_rule(texts, bytes);
        for (std::size_t const size :
             {1u, 2u, 3u, 7u, 255u, 256u, 257u, 10000u})
            REQUIRE(found(texts, bytes, size) == expected);
    }
}
