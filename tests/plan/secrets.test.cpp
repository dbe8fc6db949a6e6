// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Secrets in the text of an expression, and in what is made of that text.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("shell text has a mask in quotes, and a comment", "[secret][plan]")
{
    CHECK(to_string(cmd("a", "--x=" + secret("b"), "c"))
          == "a '--x=***' c # *** stands for a secret");
    CHECK(to_string(cmd("a").env("B", secret("c")))
          == "env B='***' a # *** stands for a secret");
    CHECK(to_string(cmd("a", "***")) == "a '***'");
    CHECK(to_string(cmd("a", secret("b")) | cmd("c", secret("d")))
          == "a '***' | c '***' # a *** stands for a secret, "
             "c *** stands for a secret");
    CHECK(to_string(lower(cmd("a", secret("b")))).substr(0, 49)
          == "command 0: a '***' *** stands for a secret\nunit 0");
}

TEST_CASE("text for stdin can be secret, and has a mask in shell text",
          "[secret][plan]")
{
    auto const a = cmd("a");
    auto const e = a < text("user " + secret("b"));
    CHECK(to_string(e)
          == "a < <(printf %s 'user ***') # < *** stands for a secret");
    CHECK(to_string((a | cmd("c")) < text(secret("b")))
          == "a < <(printf %s '***') | c # < *** stands for a secret");
    CHECK(to_dot(make_plan(e)).find("label=\"text\"") != std::string::npos);
    CHECK(to_string(lower(a < text(secret("b"))))
              .find("text '***' *** stands for a secret")
          != std::string::npos);
    CHECK(lower(a < text(secret("b"))) == lower(a < text(secret("b"))));
    CHECK_FALSE(lower(a < text(secret("b"))) == lower(a < text(secret("c"))));
    CHECK_FALSE(lower(a < text(secret("b"))) == lower(a < text("***")));
}

TEST_CASE("text that another shell runs has the real secret",
          "[secret][plan][guard]")
{
    NoLeaks const no_leaks;
    auto const there = prefix({"sh", "-c"}, Quoting::shell_text);
    auto const print = cmd(child("print"));
    auto const e = there(cmd(child("print"), secret("it's $x")));
    CHECK(read(e) == "it's $x");
    CHECK(read(there(e)) == "it's $x");
    CHECK(read(there(cmd("printenv", "A").env("A", secret("it's")))) == "it's");
    auto const bash = prefix({"bash", "-c"}, Quoting::shell_text);
    auto const copy = bash(cmd(child("copy")) < text(secret("it's")));
    CHECK(read(copy) == "it's");
    CHECK(make_plan(copy).stages[0]->secrets().masked("it's") == "***");
    CHECK(to_string(there(cmd("a", "-" + secret("b'c")) | cmd("d")))
          == "sh -c 'a '\"'\"'-***'\"'\"' | d' # *** stands for a secret");
    // The whole text is one word, of which the parts are known.
    auto const plan = make_plan(e);
    CHECK(plan.stages[0]->args[2].reveal()
          == child("print") + " 'it'\"'\"'s $x'");
    CHECK(plan.stages[0]->secrets().masked("said it's $x!") == "said ***!");
}

TEST_CASE("programs are equal if their secrets are", "[secret][plan][guard]")
{
    auto const program = [](Word const& word, Word const& value) {
        return lower(cmd("a", word).env("B", value));
    };
    CHECK(program(secret("c"), secret("d"))
          == program(secret("c"), secret("d")));
    CHECK_FALSE(program(secret("c"), "d") == program(secret("x"), "d"));
    CHECK_FALSE(program("c", secret("d")) == program("c", secret("x")));
}

TEST_CASE("what cannot be said in shell text is refused without its secrets",
          "[secret][plan][guard]")
{
    auto const there = prefix({"ssh", "host"}, Quoting::shell_text);
    auto const said = message_of<std::invalid_argument>(
        [&] { (void)there(cmd("a", secret("hidden")) > capture); });
    CHECK(said
          == "\"a '***' # *** stands for a secret, > capture\" cannot be said "
             "in shell text: put capture, C++ and the like outside of the "
             "prefix");
}

TEST_CASE("a word of a prefix can be secret", "[secret][plan]")
{
    NoLeaks const no_leaks;
    auto const as = prefix({child("print_args"), "-p" + secret("b")});
    auto const e = as(cmd("a", secret("c")));
    CHECK(
        make_plan(e).stages[0]->argv()
        == std::vector<std::string>{child("print_args"), "-p***", "a", "***"});
    CHECK(read(e) == "<-pb>\n<a>\n<c>");
    // The words that a shell runs keep their marks behind a prefix.
    auto const script = as(sh("exit", secret("d")));
    CHECK(make_plan(script).stages[0]->argv().back() == "***");
    CHECK(make_plan(script).stages[0]->reveal_argv().back() == "d");
}

TEST_CASE("a message about an expression shows its control characters",
          "[plan][visible]")
{
    auto const e = Pipeline(cmd("a\x1b[2J") > "\xe2\x80\xae");
    CHECK(message_of<std::invalid_argument>([&] { (void)(e > "y"); })
          == "stdout of \"'a\\x1b[2J' > '\\u202e'\" is connected twice");
    CHECK(message_of<std::invalid_argument>([&] { (void)read(e); }).find('\x1b')
          == std::string::npos);
}
