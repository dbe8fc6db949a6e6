// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What is secret in words, and how other text hides it.
#include "support/children.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::string_literals;

namespace {

/// What a word shows, and what it is.
std::string texts(Word const& word)
{
    return word.str() + " = " + word.reveal();
}

std::string masked(std::vector<std::string_view> const& all,
                   std::string_view text)
{
    Secrets secrets;
    for (auto const secret : all)
        secrets.add(secret);
    return secrets.masked(text);
}

} // namespace

TEST_CASE("a secret word shows a mask", "[secret]")
{
    CHECK(texts(secret("a b")) == "*** = a b");
    CHECK(texts(secret("a"s)) == "*** = a");
    CHECK(texts(secret(1234)) == "*** = 1234");
    CHECK(texts(secret(secret("a"))) == "*** = a");
    std::ostringstream stream;
    stream << secret("a");
    CHECK(stream.str() == "***");
    CHECK(texts("a") == "a = a");
}

TEST_CASE("only the secret parts of a word are masked", "[secret]")
{
    CHECK(texts("--password=" + secret("a"))
          == "--password=*** = --password=a");
    CHECK(texts("u"s + ':' + secret("a") + "@host:" + 80)
          == "u:***@host:80 = u:a@host:80");
    CHECK(texts(secret("a") + secret("b")) == "****** = ab");
    auto word = "x" + secret("a");
    word += word;
    CHECK(texts(word) == "x***x*** = xaxa");
    CHECK(texts(secret("x" + secret("a"))) == "*** = xa");
}

TEST_CASE("an empty secret masks nothing", "[secret][guard]")
{
    CHECK(texts(secret("")) == " = ");
    CHECK(texts("a" + secret("")) == "a = a");
    CHECK_FALSE(secret("").secret_text());
    CHECK(masked({""}, "abc") == "abc");
    CHECK(masked({"\n"}, "a\nb") == "a\nb");
    CHECK(to_string(cmd("a", secret("")).env("B", secret("")))
          == "env B= a ''");
}

TEST_CASE("a secret with a NUL byte is refused, and not shown",
          "[secret][guard]")
{
    CHECK(message_of<std::invalid_argument>([] { (void)secret("a\0b"s); })
          == "a secret holds a NUL byte");
}

TEST_CASE("words are equal if text and marks are", "[secret]")
{
    CHECK(secret("a") == secret("a"));
    CHECK_FALSE(secret("a") == secret("b"));
    CHECK_FALSE(secret("a") == Word("a"));
    CHECK_FALSE(secret("a") == Word("***"));
    CHECK(Word("a") == "a");
    CHECK(Environment{{"A", secret("a")}} == Environment{{"A", secret("a")}});
    CHECK_FALSE(Environment{{"A", secret("a")}}
                == Environment{{"A", secret("b")}});
}

TEST_CASE("secrets are hidden in other text, the longest first",
          "[secret][guard]")
{
    CHECK(masked({"b"}, "abcb") == "a***c***");
    CHECK(masked({"ab", "abcd", "abc"}, "abcdabc") == "******");
    CHECK(masked({"bc", "ab"}, "abc") == "***c");
    CHECK(masked({"aa"}, "aaa") == "***a");
    CHECK(masked({"*"}, "a*") == "a***");
    CHECK(masked({"a", "x"}, "bcd") == "bcd");
    CHECK(masked({}, "bcd") == "bcd");
    // A file ends with a newline that a program does not print.
    CHECK(masked({"abc\r\n"}, "abc!") == "***!");
    CHECK(masked({"a\nb"}, "a\nb\n") == "***\n");
}

TEST_CASE("a variable that overrides a secret one is not secret", "[secret]")
{
    auto const hidden = Environment().set("A", secret("a"));
    CHECK(hidden.reveal_to({"A=x"}) == std::vector{"A=a"s});
    CHECK(hidden.apply_to({"A=x"}) == std::vector{"A=***"s});
    auto const plain = hidden.under(Environment().set("A", "b"));
    CHECK(plain == Environment().set("A", "b"));
    CHECK(plain.under(hidden) == hidden);
    auto const list =
        Environment().set("A", secret("a")).append_path("/b", "A");
    CHECK(list.reveal_to({}) == std::vector{"A=a:/b"s});
    CHECK(list.apply_to({}) == std::vector{"A=***:/b"s});
    CHECK(list.revealed().apply_to({}) == std::vector{"A=a:/b"s});
}

TEST_CASE("text made of secret words has masks", "[secret]")
{
    CHECK(shlex::join({"a b", secret("c")}) == "'a b' '***'");
    CHECK(shlex::join(std::vector{secret("c")}) == "'***'");
    CHECK(list2cmdline({secret("c")}) == "***");
}

TEST_CASE("a printed result hides secrets in its output", "[secret][printing]")
{
    CompletedProcess result;
    auto& stage = result.stages.emplace_back();
    stage.args = {"a", "***"};
    stage.secrets.add("b");
    result.out = Output("abc");
    result.err = Output("b");
    CHECK(to_string(result)
          == R"(CompletedProcess(args=["a", "***"], returncode=0, )"
             R"(out="a***c", err="***"))");
    CHECK(result.out == "abc");
}
