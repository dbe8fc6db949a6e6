// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Words to a command line for Windows.
#include "support/strange_words.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

using Strings = std::vector<std::string>;

/// Reads a command line by the rules that Microsoft gives for `argv`.
class CRuntime {
public:
    explicit CRuntime(std::string_view line) : rest_(line) {}

    Strings words()
    {
        Strings words;
        while (skip_blanks())
            words.push_back(word());
        return words;
    }

private:
    bool skip_blanks()
    {
        rest_.remove_prefix(
            std::min(rest_.find_first_not_of(" \t"), rest_.size()));
        return !rest_.empty();
    }

    bool ends_word() const
    {
        return rest_.empty()
            || (!in_quotes_ && (rest_[0] == ' ' || rest_[0] == '\t'));
    }

    std::string word()
    {
        std::string word;
        while (!ends_word()) {
            auto const slashes =
                std::min(rest_.find_first_not_of('\\'), rest_.size());
            rest_.remove_prefix(slashes);
            if (rest_.starts_with('"'))
                add_before_quote(slashes, word);
            else if (slashes > 0)
                word.append(slashes, '\\');
            else
                word += take();
        }
        return word;
    }

    void add_before_quote(std::size_t slashes, std::string& word)
    {
        word.append(slashes / 2, '\\');
        char const quote = take();
        if (slashes % 2 == 1)
            word += quote;
        else
            in_quotes_ = !in_quotes_;
    }

    char take()
    {
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    bool in_quotes_ = false;
};

} // namespace

TEST_CASE("list2cmdline puts words with a blank or tab in double quotes",
          "[shlex][row:N01][row:P09]")
{
    CHECK(list2cmdline({"copy", "two words", "a\tb", "c"})
          == "copy \"two words\" \"a\tb\" c");
    CHECK(list2cmdline({"", "x", ""}) == R"("" x "")");
    CHECK(list2cmdline(Strings{}) == "");
}

TEST_CASE("list2cmdline puts a backslash in front of a double quote",
          "[shlex][row:N01]")
{
    CHECK(list2cmdline({R"(say "hi")"}) == R"("say \"hi\"")");
    CHECK(list2cmdline({R"(a"b)"}) == R"(a\"b)");
}

TEST_CASE("list2cmdline doubles backslashes in front of double quotes only",
          "[shlex][row:N01]")
{
    CHECK(list2cmdline({R"(C:\dir\f)", R"(\\host\x)"})
          == R"(C:\dir\f \\host\x)");
    CHECK(list2cmdline({R"(a\"b)", R"(a\\"b)"}) == R"(a\\\"b a\\\\\"b)");
    CHECK(list2cmdline({R"(C:\my dir\)", R"(C:\dir\)"})
          == R"("C:\my dir\\" C:\dir\)");
}

TEST_CASE(
    "list2cmdline quotes neither newlines nor single quotes, as in Python",
    "[shlex][row:N01]")
{
    CHECK(list2cmdline({"a\nb", "it's", "%PATH%"}) == "a\nb it's %PATH%");
}

TEST_CASE("list2cmdline takes what a word is made from, and ranges of it",
          "[shlex][row:P09]")
{
    CHECK(list2cmdline({"a", 7, std::string("b c")}) == R"(a 7 "b c")");
    CHECK(list2cmdline(std::vector{1, -2}) == "1 -2");
    CHECK(list2cmdline(Strings{"a b"}) == R"("a b")");
}

TEST_CASE("the C runtime's rules give the words back", "[shlex][row:N01]")
{
    for (auto const& word : all_texts("\"\\ \ta", 5))
        CHECK((CRuntime(list2cmdline({word, word})).words()
               == Strings{word, word}));
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        auto const words = strange_words(random);
        CAPTURE(list2cmdline(words));
        CHECK((CRuntime(list2cmdline(words)).words() == words));
    }
}
