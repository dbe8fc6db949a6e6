// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A null pointer where text is taken: refused in words, wherever that is.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

// What `getenv` gives for a variable that is not there.
char const* const null = nullptr;
char* const writable_null = nullptr;

struct Case {
    std::string message;
    std::function<void()> act;
};

std::vector<Case> cases()
{
    auto const e = cmd("cat");
    std::string const path = "a path is a null pointer";
    std::string const file = "the name of a file is a null pointer";
    std::string const first = "the first word is a null pointer";
    std::string const behind = "word 2 behind \"ls\" is a null pointer";
    std::string const name =
        "the name of an environment variable is a null pointer";
    std::string const value =
        "the value of the environment variable \"A\" is a null pointer";
    std::string const input = "the input is a null pointer";
    return {
        {"the program of a command is a null pointer", [] { (void)cmd(null); }},
        {behind, [] { (void)cmd("ls", "-l", null); }},
        {behind, [] { (void)cmd("ls", "-l", writable_null); }},
        {behind,
         [] {
             (void)cmd("ls", std::vector{"-l", null});
         }},
        {behind,
         [] {
             (void)cmd(std::vector{"ls", "-l", null});
         }},
        {first, [] { (void)cmd(std::vector{null}); }},
        {behind,
         [] {
             Popen p(std::vector{"ls", "-l", null});
         }},
        {"a word is a null pointer",
         [] {
             Popen p({"ls", null});
         }},
        {"the program is a null pointer", [] { Popen p(null); }},
        {"a word is a null pointer", [] { (void)"ls {}"_cmd(null); }},
        {"the script of sh is a null pointer", [] { (void)sh(null); }},
        {"word 1 behind \"exit\" is a null pointer",
         [] { (void)sh("exit", null); }},
        {path, [=] { (void)e.cwd(null); }},
        {path, [=] { (void)e.with({.cwd = null}); }},
        {path, [=] { (void)e.with({.executable = null}); }},
        {path, [=] { (void)e.prepend_path(null); }},
        {path, [=] { (void)e.append_path(null); }},
        {name, [=] { (void)e.prepend_path("/", null); }},
        {name, [=] { (void)e.append_path("/", null); }},
        {name, [=] { (void)e.env(null, "1"); }},
        {value, [=] { (void)e.env("A", null); }},
        {name, [=] { (void)e.unset(null); }},
        {name, [] { (void)Environment().set(null, "1"); }},
        {value, [] { (void)Environment().set("A", null); }},
        {name, [] { (void)Environment().unset(null); }},
        {value,
         [] {
             (void)Environment({{"A", null}});
         }},
        {value,
         [] {
             (void)Environment(std::map<std::string, char const*>{{"A", null}});
         }},
        {"the name of a command is a null pointer",
         [=] { (void)e.named(null); }},
        {file, [=] { (void)(e < null); }},
        {file, [=] { (void)(e > null); }},
        {file, [=] { (void)(e > err(null)); }},
        {file, [=] { (void)(e > both(null)); }},
        {file, [=] { (void)(e > fd(5, null)); }},
        {path, [=] { (void)(e >> null); }},
        {path, [=] { (void)(e > append(null)); }},
        {file, [=] { (void)(e | tee(null)); }},
        {file, [] { (void)Stdio(null); }},
        {file, [=] { (void)e.with({.in = null}); }},
        {"the text of stdin is a null pointer",
         [=] { (void)(e < text(null)); }},
        {input, [=] { (void)run(e, {.input = null}); }},
        {input, [=] { (void)start(e, {.input = null}); }},
        {input, [=] { (void)read(e, {.input = null}); }},
        {input,
         [] {
             Popen p({"cat"}, {.in = Stdio::pipe});
             p.communicate(null);
         }},
        {"what to write is a null pointer",
         [] {
             Popen p({"cat"}, {.in = Stdio::pipe});
             p.in().write(null);
         }},
        {"an element of a range is a null pointer",
         [=] { check(std::vector{null} | e); }},
        {"the name of an encoding is a null pointer",
         [=] { (void)run(e, {.encoding = null}); }},
        {"the name of a user or group is a null pointer",
         [=] { (void)e.with({.user = null}); }},
        {"the name of a user or group is a null pointer",
         [=] { (void)e.with({.group = null}); }},
        {"the word to quote is a null pointer", [] { (void)quote(null); }},
        {"the text to split is a null pointer", [] { (void)split(null); }},
        {first, [] { (void)join(std::vector{null}); }},
        {path, [] { (void)which(null); }},
        {path, [] { (void)glob(null); }},
        {path, [] { (void)home(null); }},
        {"the path is a null pointer", [] { (void)which("ls", null); }},
        {"the script is a null pointer", [] { (void)getoutput(null); }},
        {"the script is a null pointer", [] { (void)getstatusoutput(null); }},
        {"the text of an output is a null pointer", [] { (void)Output(null); }},
    };
}

} // namespace

TEST_CASE("a null pointer in the place of text is refused, and named",
          "[language][words][found:D2]")
{
    NoLeaks const no_leaks;
    for (auto const& [message, act] : cases()) {
        CAPTURE(message);
        CHECK(message_of<std::invalid_argument>(act) == message);
    }
}

TEST_CASE("text that was not given is no null pointer",
          "[language][words][found:D2]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK(run((copy < devnull) | capture, {.input = std::nullopt}).out == "");
    std::optional<std::string> const none;
    CHECK(run((copy < devnull) | capture, {.input = none}).out == "");
    std::optional<std::string> const some = "some";
    CHECK(run(copy | capture, {.input = some}).out == "some");
    CHECK(run(copy | capture, {.input = std::string_view()}).out == "");
    CHECK(run((copy < text(std::string_view())) | capture).out == "");
    CHECK(quote(std::string_view()) == "''");
}
