// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The same as python3, byte for byte. Each case asks one python3 process all
// of its questions, a line each: what to do, and the words in hex. Python sees
// them as Latin-1, so that a character is a byte.
#include "support/collect.hpp"
#include "support/leaks.hpp"
#include "support/strange_words.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

constexpr char const* script = R"(
import shlex, subprocess, sys

functions = {
    "split": lambda text: shlex.split(text),
    "split_comments": lambda text: shlex.split(text, comments=True),
    "quote": lambda word: [shlex.quote(word)],
    "join": lambda *words: [shlex.join(words)],
    "list2cmdline": lambda *words: [subprocess.list2cmdline(words)],
}
for line in sys.stdin:
    name, *words = line.split()
    words = (bytes.fromhex(word[1:]).decode("latin-1") for word in words)
    try:
        answer = functions[name](*words)
        print(*("x" + word.encode("latin-1").hex() for word in answer))
    except ValueError as error:
        print(error)
)";

using Question = Strings; ///< the words

/// The words in hex; an `x` in front shows those that are empty.
std::string in_hex(Strings const& words)
{
    constexpr auto digits = "0123456789abcdef";
    std::string line;
    for (auto const& word : words) {
        line += line.empty() ? "x" : " x";
        for (char const c : word) {
            auto const byte = static_cast<unsigned char>(c);
            (line += digits[byte / 16]) += digits[byte % 16];
        }
    }
    return line;
}

Strings answers_of_python(std::string const& function,
                          std::vector<Question> const& questions)
{
    std::string all;
    for (auto const& words : questions)
        all += function + ' ' + in_hex(words) + '\n';
    return collect((cmd("python3", "-I", "-c", script) < text(all)) | lines);
}

template <class F>
std::string answer_of_ours(F function, Question const& question)
{
    try {
        return in_hex(function(question));
    } catch (std::invalid_argument const& error) {
        return std::string_view(error.what()).ends_with("is never closed")
                 ? "No closing quotation"
                 : "No escaped character";
    }
}

/// Empty if there are none.
template <class F>
std::string differences_from_python(std::string const& function, F ours,
                                    std::vector<Question> const& questions)
{
    auto const answers = answers_of_python(function, questions);
    if (answers.size() != questions.size())
        return "python3 answers " + std::to_string(answers.size()) + " of "
             + std::to_string(questions.size()) + " questions";
    std::string told;
    for (std::size_t i = 0; i < questions.size(); ++i)
        if (auto const mine = answer_of_ours(ours, questions[i]);
            mine != answers[i])
            told += in_hex(questions[i]) + ": \"" + mine + "\", by python3 \""
                  + answers[i] + "\"\n";
    return told;
}

/// One text each: every byte, every short text of special characters, and
/// random ones.
std::vector<Question> texts()
{
    std::vector<Question> all;
    for (int byte = 0; byte < 256; ++byte) {
        std::string const one(1, static_cast<char>(byte));
        all.push_back({one});
        all.push_back({'a' + one + "b'" + one + "'\\" + one + "\"\\" + one});
        all.back().front() += "\"";
    }
    for (auto const& text : all_texts("'\"\\ \n#a", 4))
        all.push_back({text});
    std::mt19937 random(8);
    for (int round = 0; round < 3000; ++round)
        all.push_back({strange_text(random, random() % 40)});
    return all;
}

/// Lists of any number of words.
std::vector<Question> lists()
{
    std::vector<Question> all{{}};
    for (auto const& text : all_texts("\"\\ \t'a", 4))
        all.push_back({text});
    std::mt19937 random(9);
    for (int round = 0; round < 3000; ++round)
        all.push_back(strange_words(random));
    return all;
}

} // namespace

TEST_CASE("split gives the words that Python's gives",
          "[shlex][row:P08][row:N02][fault:I16]")
{
    NoLeaks const no_leaks;
    auto const ours = [](Question const& text) { return split(text[0]); };
    CHECK(differences_from_python("split", ours, texts()) == "");
}

TEST_CASE("split with comments gives the words that Python's gives",
          "[shlex][row:P08][row:N02][fault:I16]")
{
    NoLeaks const no_leaks;
    auto const ours = [](Question const& text) {
        return split(text[0], {.comments = true});
    };
    CHECK(differences_from_python("split_comments", ours, texts()) == "");
}

TEST_CASE("quote writes what Python's writes",
          "[shlex][row:S02][row:N02][fault:I16]")
{
    NoLeaks const no_leaks;
    auto const ours = [](Question const& word) {
        return Strings{quote(word[0])};
    };
    CHECK(differences_from_python("quote", ours, texts()) == "");
}

TEST_CASE("join writes what Python's writes", "[shlex][row:N02]")
{
    NoLeaks const no_leaks;
    auto const ours = [](Question const& words) {
        return Strings{join(words)};
    };
    CHECK(differences_from_python("join", ours, lists()) == "");
}

TEST_CASE("list2cmdline writes what Python's writes",
          "[shlex][row:N01][row:P09]")
{
    NoLeaks const no_leaks;
    auto const ours = [](Question const& words) {
        return Strings{list2cmdline(words)};
    };
    CHECK(differences_from_python("list2cmdline", ours, lists()) == "");
}
