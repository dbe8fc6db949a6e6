// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What in-process code writes is cut into lines and chunks as what a command
// writes.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <ranges>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// C++ that writes these words.
template <class Word>
auto code(std::vector<Word> words)
{
    return std::vector<std::string>()
         | stage([words](LineRange) { return words; });
}

/// The same in a pipe, behind a command that copies it.
template <class E>
auto piped(E const& e)
{
    return e | cmd(child("copy"));
}

/// Compares each reader of `e` with the same reader behind a pipe.
template <class E>
void check_readers(E const& e)
{
    for (auto const& options : std::vector<LineOptions>{
             {},
             {.keep_ends = true},
             {.universal_newlines = true},
             {.keep_ends = true, .universal_newlines = true},
             {.delimiter = ' '},
             {.keep_ends = true, .delimiter = ' '},
             {.delimiter = '\0'},
             {.delimiter = "\r\n"},
             {.keep_ends = true, .delimiter = "\n\n"}}) {
        CHECK(collect(e | lines(options))
              == collect(piped(e) | lines(options)));
        auto const inner = stage(std::identity(), options);
        CHECK(collect(e | inner | lines) == collect(piped(e) | inner | lines));
    }
    for (int const count : {0, 1, 2, 3})
        CHECK(collect(e | first(count) | lines)
              == collect(piped(e) | first(count) | lines));
    CHECK(joined_bytes(e | chunks(3)) == joined_bytes(piped(e) | chunks(3)));
}

} // namespace

TEST_CASE("words of C++ are cut into lines as if they came through a pipe",
          "[crossed][stage]")
{
    NoLeaks const no_leaks;
    using namespace std::string_literals;
    check_readers(code<std::string>({"a", "b c", "", "d"}));
    check_readers(code<std::string>({"two\nlines", "\n", "r\r", "x\ry", " "}));
    check_readers(code<std::string>({}));
    check_readers(code<std::string>({""}));
    check_readers(code<Line>({Line("rec\nord", '\0'), Line("b", '\0')}));
    check_readers(code<Line>({Line("rec\nord", "\r\n"), Line("b", "\r\n"),
                              Line("", "\n\n"), Line("c", "-\n-")}));
    CHECK(collect(code<Line>({Line("a", "\r\n"), Line("b", "\r\n")}) | lines)
          == Strings{"a\r", "b\r"});
    CHECK(collect(code<std::string>({"a\r", "b\r\nc"}) | records("\r\n"))
          == Strings{"a", "b", "c\n"});
    check_readers(
        code<Line>({Line("no end", '\n', true), Line("one\n", '\n', true),
                    Line("", '\n', true), Line("a", '\n', true)}));
    CHECK(collect(code<std::string>({"two\nlines"}) | lines)
          == Strings{"two", "lines"});
    CHECK(collect(code<std::string>({"a b", "c"}) | records(' '))
          == Strings{"a", "b\nc\n"});
}

TEST_CASE("a range over words of C++ does not wait for the word behind a line",
          "[crossed][stage]")
{
    NoLeaks const no_leaks;
    int pulled = 0;
    auto const count = [&pulled](LineRange) {
        return std::views::iota(0) | std::views::transform([&pulled](int n) {
                   ++pulled;
                   return std::to_string(n);
               });
    };
    auto const numbers = std::vector<std::string>() | stage(count) | lines;
    CHECK(*numbers.begin() == "0");
    CHECK(pulled == 1);
}

TEST_CASE("a line of many words of C++ may be too long", "[crossed][stage]")
{
    NoLeaks const no_leaks;
    auto const e =
        code<Line>({Line("abc", '\n', true), Line("def", '\n', true)});
    CHECK(collect(e | lines({.max_line = 6})) == Strings{"abcdef"});
    CHECK_THROWS_AS(collect(e | lines({.max_line = 5})), LineTooLong);
}

TEST_CASE("chunks of what C++ writes end at the time limit",
          "[crossed][chunks]")
{
    NoLeaks const no_leaks;
    auto const endless = std::views::iota(0) | stage(std::identity());
    auto const read_on = [&] {
        for (Chunk const bytes : endless | chunks(10, {.timeout = 50ms}))
            static_cast<void>(bytes);
    };
    CHECK_THROWS_AS(read_on(), TimeoutExpired);
    StopSource stop;
    stop.request_stop();
    auto const read_stopped = [&] {
        for (Chunk const bytes : endless | chunks(10, {.stop = stop.token()}))
            static_cast<void>(bytes);
    };
    CHECK_THROWS_AS(read_stopped(), StopRequested);
}

TEST_CASE("captures of a result stand in the order written", "[crossed][tee]")
{
    NoLeaks const no_leaks;
    auto const say = [](std::string_view text) {
        return cmd(child("write_to"), 1, text, 2, std::string(text) + "!");
    };
    auto const texts = [](CompletedProcess const& done) {
        Strings all;
        for (auto const& kept : done.captures)
            all.push_back(kept.bytes.str());
        return all;
    };
    auto const e =
        ((say("a") > err(capture)) | tee(capture) | cmd(child("copy")))
        > capture;
    auto const done = run(e);
    CHECK(texts(done) == Strings{"a!", "a", "a"});
    CHECK(done.stages[0].err == "a!");
    CHECK(done.stages[0].out == "a");
    CHECK(done.out == "a");
    auto const list = seq(say("a") > capture, say("b")) > err(capture);
    CHECK(texts(run(list > devnull)) == Strings{"a", "a!b!"});
    // Those that a verb adds come last.
    auto const more = run(say("a") | tee(capture) | cmd(child("copy_both")),
                          {.capture_output = true});
    CHECK(texts(more).front() == "a");
    CHECK(more.captures.front().stage == 0);
    auto const program = lower(e);
    CHECK(program.captures[0].stream == 2);
}

TEST_CASE("all captures of a result are text in text mode", "[crossed][text]")
{
    NoLeaks const no_leaks;
    auto const e =
        (cmd(child("write_to"), 1, "\xe9\r\n", 2, "\xe8\r\n") > err(capture))
        | tee(capture) | (cmd(child("copy")) > capture);
    auto const done = run(e, {.encoding = "latin-1"});
    REQUIRE(done.captures.size() == 3);
    CHECK(done.captures[0].bytes == "\xc3\xa8\n");
    CHECK(done.captures[1].bytes == "\xc3\xa9\n");
    CHECK(done.captures[2].bytes == "\xc3\xa9\n");
}
