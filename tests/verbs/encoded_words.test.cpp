// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text mode, and C++ code that writes and reads in the expression.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/generator.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <ranges>
#include <span>
#include <stdexcept>
#include <thread>

#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

std::string const summer = "\xc3\xa9t\xc3\xa9"; // été
std::string const summer_latin1 = "\xe9t\xe9";

auto const copy = cmd(child("copy"));

/// What a command gets from `e` in text mode, as bytes.
template <class E>
std::string bytes_behind(E const& e, Encoding const& encoding = "latin-1")
{
    TemporaryDirectory const directory;
    check((e | copy) > directory / "f", {.encoding = encoding});
    return read_file(directory / "f");
}

/// The lines that `tagged` gives.
template <class E>
Strings tags_of(E const& e, LineOptions const& options)
{
    Strings all;
    for (auto const& line : e | tagged(options))
        all.emplace_back(line.line);
    return all;
}

/// Checks that each verb gives `word` and a newline.
template <class E>
void check_verbs(E const& e, std::string const& word)
{
    CHECK(run(e > capture, {.encoding = "latin-1"}).out == word + '\n');
    CHECK(read(e, {.encoding = "latin-1"}) == word);
    CHECK(collect(e | lines({.encoding = "latin-1"})) == Strings{word});
    CHECK(collect(e | records('\n', {.encoding = "latin-1"})) == Strings{word});
    CHECK(tags_of(e, {.encoding = "latin-1"}) == Strings{word});
    auto job = start(e > Stdio::pipe, {.encoding = "latin-1"});
    CHECK(collect(job.lines()) == Strings{word});
    job.wait();
}

auto upper_case_e(std::string_view line)
{
    std::string all(line);
    for (std::size_t at; (at = all.find("\xc3\xa9")) != all.npos;)
        all.replace(at, 2, "\xc3\x89");
    return all;
}

auto const upper = stage(std::views::transform(upper_case_e));
std::string const upper_summer = "\xc3\x89t\xc3\x89"; // ÉtÉ

} // namespace

TEST_CASE("text mode encodes all text that C++ code writes",
          "[language][text][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{summer};
    CHECK(bytes_behind(copy < text(summer)) == summer_latin1);
    CHECK(bytes_behind(words | copy) == summer_latin1 + '\n');
    CHECK(bytes_behind(words | stage(std::identity())) == summer_latin1 + '\n');
    CHECK(bytes_behind(std::vector{Line(summer, '\0')} | copy)
          == summer_latin1 + '\0');
    // The ends of words are characters, too, and the mark comes once.
    std::vector<std::string> const two{"a", "b"};
    auto const utf16 = bytes_behind(two | copy, "utf-16-le");
    CHECK(utf16 == std::string("a\0\n\0b\0\n\0", 8));
    auto const marked = bytes_behind(two | copy, "utf-16");
    CHECK(marked.size() == 10);
    CHECK(run((two | copy) > capture, {.encoding = "utf-16"}).out == "a\nb\n");
}

TEST_CASE("text mode leaves bytes that C++ code writes as they are",
          "[language][text][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<char> const buffer(summer.begin(), summer.end());
    CHECK(bytes_behind(buffer | copy) == summer);
    CHECK(bytes_behind(std::vector{buffer, buffer} | copy) == summer + summer);
    CHECK(bytes_behind(copy < text(std::as_bytes(std::span(buffer))))
          == summer);
    auto const same = std::views::transform([](Chunk bytes) { return bytes; });
    CHECK(bytes_behind((copy < text(summer)) | stage(same, chunks(2)))
          == summer_latin1);
}

TEST_CASE("in text mode a stage reads and writes text, for every verb",
          "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{summer};
    auto const in = copy < text(summer + "\r\n"); // as universal newlines
    check_verbs(in | upper, upper_summer);
    check_verbs(in | upper | copy, upper_summer);
    check_verbs(words | upper, upper_summer);
    check_verbs(words | copy, summer);
    check_verbs(in | first(1), summer);
    check_verbs(in | tee(devnull) | upper, upper_summer);
    CHECK(bytes_behind(in | upper) == "\xc9t\xc9\n");
}

TEST_CASE(
    "in text mode stages without a pipe between them get what a pipe would "
    "bring",
    "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{summer, summer};
    std::vector<char> const latin1{'\xe9', '\r', '\n', '\xe9'};
    auto const same = stage(
        std::views::transform([](Chunk bytes) { return bytes; }), chunks(2));
    auto const size = stage(
        [](ChunkRange in) {
            std::size_t bytes = 0;
            for (auto const& chunk : in)
                bytes += chunk.size();
            return std::vector<std::size_t>{bytes};
        },
        chunks(3));
    // text to lines, bytes to lines, text to chunks, bytes to chunks
    CHECK(bytes_behind(words | upper) == "\xc9t\xc9\n\xc9t\xc9\n");
    CHECK(bytes_behind(latin1 | upper) == "\xc9\n\xc9\n");
    CHECK(bytes_behind(words | size) == "8\n");
    CHECK(bytes_behind(latin1 | size) == "4\n");
    CHECK(bytes_behind(words | upper | same | upper | size) == "8\n");
    CHECK(bytes_behind(latin1 | same | same) == "\xe9\r\n\xe9");
}

TEST_CASE(
    "in text mode stages without a pipe between them translate newlines, and "
    "refuse what the encoding lacks",
    "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    RunOptions const latin1{.encoding = "latin-1"};
    std::vector<std::string> const returns{"a\r", "b\r\nc\r"};
    for (auto const& e : std::vector<Pipeline>{
             returns | upper | first(4), returns | upper | copy | first(4)})
        CHECK(run(e > capture, latin1).out == "a\nb\nc\n");
    std::vector<std::string> const euro{"\xe2\x82\xac"};
    CHECK_THROWS_AS(run((euro | upper | upper) > capture, latin1), TextError);
    CHECK(run((euro | upper | upper) > capture,
              {.encoding = "latin-1", .errors = TextErrors::replace})
              .out
          == "?\n");
}

TEST_CASE(
    "in text mode the last stage of a loop runs in the thread of the loop",
    "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<std::thread::id> threads;
    auto const noted = stage(std::views::transform([&](std::string_view line) {
        threads.push_back(std::this_thread::get_id());
        return upper_case_e(line);
    }));
    std::vector<std::string> const words{summer, summer, summer};
    for (std::string_view const line :
         words | copy | noted | lines({.encoding = "latin-1"})) {
        CHECK(line == upper_summer);
        break;
    }
    CHECK(threads == std::vector{std::this_thread::get_id()}); // nothing ahead
}

TEST_CASE("events drive loops that end in C++ as iterators do",
          "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    auto const by_events = [](LineRange range, bool asks_fd) {
        Strings all;
        if (asks_fd)
            CHECK(range.fd() >= 0);
        while (!range.ended())
            if (auto const line = range.try_next())
                all.emplace_back(*line);
        return all;
    };
    std::vector<std::string> const words{summer, "b"};
    std::vector<char> const buffer{'a', '\n', 'b'};
    auto const bytes = stage([buffer](LineRange) { return buffer; });
    auto const same = stage(
        std::views::transform([](Chunk chunk) { return chunk; }), chunks(4));
    LineOptions const plain;
    for (auto const& options : {plain, LineOptions{.encoding = "latin-1"},
                                LineOptions{.universal_newlines = true}})
        for (auto const& e : std::vector<Pipeline>{
                 words | copy | upper, words | upper, words | first(2),
                 words | copy | bytes, words | copy | same})
            for (bool const asks_fd : {false, true})
                CHECK(by_events(e | lines(options), asks_fd)
                      == collect(e | lines(options)));
}

TEST_CASE("a line of single bytes is given before what is behind it, in any "
          "encoding",
          "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    auto const fails_behind = [](std::string const& bytes) {
        return std::views::iota(std::size_t(0), bytes.size() + 1)
             | std::views::transform([bytes](std::size_t i) {
                   if (i == bytes.size())
                       throw std::runtime_error("beyond");
                   return bytes[i];
               });
    };
    auto const utf16 = fails_behind(std::string("x\0\n\0", 4));
    LineOptions const utf16_lines{.encoding = "utf-16-le"};
    CHECK(collect(utf16 | first(1) | lines(utf16_lines)) == Strings{"x"});
    CHECK(run((utf16 | first(1)) > capture, {.encoding = "utf-16-le"}).out
          == "x\n");
    CHECK(collect(fails_behind("x\n") | first(1) | lines) == Strings{"x"});
    // Nothing behind the line is asked for.
    std::size_t asked = 0;
    auto const counted = std::views::iota(std::size_t(0), std::size_t(8))
                       | std::views::transform([&asked](std::size_t i) {
                             asked = i + 1;
                             return std::string_view("x\0\n\0y\0\n\0", 8)[i];
                         });
    CHECK(collect(counted | first(1) | lines(utf16_lines)) == Strings{"x"});
    CHECK(asked == 4);
    asked = 0;
    auto const last = stage([counted](LineRange) { return counted; });
    for (std::string_view const line :
         std::vector<std::string>() | last | lines(utf16_lines)) {
        CHECK(line == "x");
        break;
    }
    CHECK(asked == 4);
    // The bytes in front of an error are not lost.
    std::string seen;
    auto const notes = stage(
        [&seen](ChunkRange in) {
            for (auto const& bytes : in)
                seen += bytes.text();
            return Strings();
        },
        chunks(64));
    CHECK_THROWS_AS(run((fails_behind("abc") | notes) > devnull),
                    std::runtime_error);
    CHECK(seen == "abc");
}

TEST_CASE("in text mode words are not asked for after their end",
          "[language][text][stage][guard][found:D5]")
{
    NoLeaks const no_leaks;
    // A generator must not be resumed after its end.
    auto const two = []() -> Generator<std::string> {
        co_yield summer;
        co_yield summer;
    };
    CHECK(collect(two() | upper | lines({.encoding = "latin-1"}))
          == Strings{upper_summer, upper_summer});
    CHECK(run((two() | upper) > capture, {.encoding = "latin-1"}).out
          == upper_summer + '\n' + upper_summer + '\n');
}

TEST_CASE("in text mode, too, a single-pass range is run once",
          "[language][text][stage][guard][found:D5]")
{
    NoLeaks const no_leaks;
    auto const one = []() -> Generator<std::string> { co_yield summer; };
    auto const e = one() | copy;
    RunOptions const latin1{.encoding = "latin-1"};
    CHECK(run(e > capture, latin1).out == summer + '\n');
    CHECK_THROWS_AS(run(e > capture, latin1), std::logic_error);
    auto const direct = one() | upper;
    CHECK(collect(direct | lines({.encoding = "latin-1"}))
          == Strings{upper_summer});
    CHECK_THROWS_AS(collect(direct | lines({.encoding = "latin-1"})),
                    std::logic_error);
}

TEST_CASE("half a character at a drain limit is an error of every reader",
          "[language][text][drain][found:D5]")
{
    NoLeaks const no_leaks;
    auto const check_reader = [](auto const& read_all) {
        auto const gate = make_pipe();
        CHECK_THROWS_AS(read_all(sh("(read x <&5) & printf 'a\\303'")
                                 < fd(5, gate.read_end.get())),
                        TextError);
    };
    LineOptions const options{.encoding = "utf-8", .drain = 20ms};
    check_reader([&](auto const& e) { (void)collect(e | lines(options)); });
    check_reader([](auto const& e) {
        (void)run(e > capture, {.encoding = "utf-8", .drain = 20ms});
    });
    check_reader([](auto const& e) {
        auto job = start(e > Stdio::pipe, {.encoding = "utf-8", .drain = 20ms});
        (void)collect(job.lines());
    });
}

TEST_CASE(
    "all that is in a pipe when its time is over is read, in text mode too",
    "[language][text][drain][timeout][found:D5]")
{
    NoLeaks const no_leaks;
    auto const [encoding, unit] =
        GENERATE(std::pair("latin-1", std::string("\xe9\xe9\n")),
                 std::pair("utf-16-le", std::string("\xe9\0\xe9\0\n\0", 6)));
    CAPTURE(encoding);
    std::string bytes;
    while (bytes.size() < 800'000)
        bytes += unit;
    TemporaryDirectory const directory;
    write_file(directory / "f", bytes);
    auto const gate = make_pipe();
    // A process that is left behind holds the pipe until the gate closes.
    auto const script = "exec 3<&0; \"$1\" < f; (read x <&3) & : > done";
    auto const e = sh(script, "sh", child("copy"))
                       .cwd(directory.path())
                       .with({.pipesize = 1 << 20})
                 < Stdio(gate.read_end.get());
    auto const wait_until_written = [&] {
        while (!std::filesystem::exists(directory / "done"))
            std::this_thread::yield();
    };
    std::size_t seen = 0;
    auto const count = [&](LineRange::iterator at) {
        for (; at != std::default_sentinel; ++at)
            seen += *at == summer.substr(0, 2) + summer.substr(0, 2);
    };
    SECTION("lines")
    {
        auto const range = e | lines({.encoding = encoding, .drain = 0ms});
        auto const begin = range.begin();
        wait_until_written();
        count(begin);
        CHECK_FALSE(range.result().drained);
    }
    SECTION("a job")
    {
        auto job = start(e > Stdio::pipe, {.encoding = encoding, .drain = 0ms});
        wait_until_written();
        auto const range = job.lines();
        count(range.begin());
    }
    SECTION("a Popen")
    {
        Popen p({"sh", "-c", script, "sh", child("copy")},
                {.in = gate.read_end.get(),
                 .out = Stdio::pipe,
                 .cwd = directory.path(),
                 .pipesize = 1 << 20,
                 .encoding = encoding});
        wait_until_written();
        auto const range = p.out() | lines({.timeout = 0ms});
        CHECK_THROWS_AS(count(range.begin()), TimeoutExpired);
    }
    CHECK(seen == bytes.size() / unit.size());
}

TEST_CASE("text that is invalid is an error at once, though the child runs on",
          "[language][text][found:D5]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_then_wait"), "ok\n\xff");
    CHECK_THROWS_AS(collect(e | lines({.encoding = "utf-8"})), TextError);
    auto by_event = e | lines({.encoding = "utf-8"});
    CHECK_THROWS_AS(
        [&] {
            for (;;)
                (void)by_event.try_next();
        }(),
        TextError);
    auto job = start(e > Stdio::pipe, {.encoding = "utf-8"});
    CHECK_THROWS_AS(collect(job.lines()), TextError);
    job.kill();
    job.wait();
    Popen p({child("write_then_wait"), "ok\n\xff"},
            {.out = Stdio::pipe, .encoding = "utf-8"});
    CHECK_THROWS_AS(collect(p.out() | lines), TextError);
    p.kill();
}

TEST_CASE("tagged gives the last partial line before the error of a capture",
          "[language][text][tagged][found:D5]")
{
    NoLeaks const no_leaks;
    auto const e =
        (sh("printf 'good\\npartial'; printf 'bad\\377' >&2")) > err(capture);
    Strings seen;
    auto const read_all = [&] {
        for (auto const& line : e | tagged({.encoding = "utf-8"}))
            seen.emplace_back(line.line);
    };
    CHECK_THROWS_AS(read_all(), TextError);
    CHECK(seen == Strings{"good", "partial"});
}

TEST_CASE("tagged gives no partial line of a run that C++ has ended",
          "[language][text][tagged][found:D5]")
{
    NoLeaks const no_leaks;
    auto const gate = make_pipe();
    // The character is only found when the command has written a part of a line.
    auto const late = std::views::single(0)
                    | std::views::transform([fd = gate.read_end.get()](int) {
                          char byte = 0;
                          (void)!::read(fd, &byte, 1);
                          return std::string("\xe2\x82\xac");
                      });
    auto const e = late | sh("printf partial; echo x >&2; sleep 60");
    Strings seen;
    auto const read_all = [&] {
        for (auto const& line : e | tagged({.encoding = "latin-1"})) {
            seen.emplace_back(line.line);
            (void)!::write(gate.write_end.get(), "g", 1);
        }
    };
    CHECK_THROWS_AS(read_all(), TextError);
    CHECK(seen == Strings{"x"});
}

TEST_CASE("text mode leaves carriage returns alone if no newline ends a record",
          "[language][text][found:D5]")
{
    NoLeaks const no_leaks;
    auto const e = copy < text(std::string_view("a\rb\0c\r\n\0", 8));
    LineOptions const latin1{.encoding = "latin-1"};
    CHECK(collect(e | records('\0', latin1)) == Strings{"a\rb", "c\r\n"});
    CHECK(tags_of(e, {.delimiter = '\0', .encoding = "latin-1"})
          == Strings{"a\rb", "c\r\n"});
    auto const same = stage(std::identity(), records('\0'));
    CHECK(bytes_behind(e | same) == std::string("a\rb\0c\r\n\0", 8));
}

TEST_CASE("an error of decoding names what was read",
          "[language][text][errors][found:D5]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "\xff\n");
    LineOptions const utf8{.encoding = "utf-8"};
    CHECK_THROWS_WITH(
        collect(Stdio(directory / "f") | lines(utf8)),
        Catch::Contains("cannot decode \"" + directory / "f" + "\" as"));
    auto const e = copy.named("reader") < directory / "f";
    CHECK_THROWS_WITH(collect(e | lines(utf8)),
                      Catch::Contains("cannot decode stdout of \"reader\" as"));
    CHECK_THROWS_WITH(collect(stderr_of(e > out_to_err) | lines(utf8)),
                      Catch::Contains("cannot decode stderr of \"reader\" as"));
    CHECK_THROWS_WITH(
        run((copy < text("\xe2\x82\xac")) > devnull, {.encoding = "latin-1"}),
        Catch::Contains("cannot encode the text of stdin as"));
}

TEST_CASE("a stage that has an encoding of its own reads that one",
          "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<char> const utf16{'\xe9', '\0', '\n', '\0'};
    auto const own =
        stage(std::views::transform(upper_case_e), {.encoding = "utf-16-le"});
    CHECK(run((utf16 | own) > capture).out == "\xc3\x89\n");
    CHECK(run((utf16 | own) > capture, {.encoding = "latin-1"}).out
          == "\xc3\x89\n");
    CHECK(bytes_behind(utf16 | own) == "\xc9\n");
    // Its rule for errors alone: the encoding is that of the run.
    std::vector<char> const latin1{'\xe9', '\n'};
    auto const lenient = stage(std::views::transform(upper_case_e),
                               {.errors = TextErrors::replace});
    CHECK(bytes_behind(latin1 | lenient) == "\xc9\n");
    auto const ascii =
        stage(std::views::transform(upper_case_e), {.encoding = "ascii"});
    CHECK(run((latin1 | ascii) > capture,
              {.encoding = "utf-8", .errors = TextErrors::ignore})
              .out
          == "\n");
}

TEST_CASE("text that an encoding does not have ends the run with an error",
          "[language][text][found:D5]")
{
    NoLeaks const no_leaks;
    std::string const euro = "\xe2\x82\xac";
    std::vector<std::string> const words{euro};
    RunOptions const latin1{.encoding = "latin-1"};
    CHECK_THROWS_AS(run((copy < text(euro)) > capture, latin1), TextError);
    CHECK_THROWS_AS(run((words | copy) > capture, latin1), TextError);
    CHECK_THROWS_AS(run((words | first(1)) > capture, latin1), TextError);
    CHECK_THROWS_AS(collect(words | first(1) | lines({.encoding = "latin-1"})),
                    TextError);
    CHECK_THROWS_WITH(run((words | copy) > capture, latin1),
                      Catch::Contains("cannot encode words of C++ as latin-1"));
    CHECK(run((words | copy) > capture,
              {.encoding = "latin-1", .errors = TextErrors::replace})
              .out
          == "?\n");
}

TEST_CASE("in text mode a stage refuses bytes that are invalid",
          "[language][text][stage][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<char> const bad{'a', '\xff', '\n'};
    auto const e = (bad | copy | upper) > devnull;
    CHECK_THROWS_WITH(run(e, {.text = true, .encoding = "utf-8"}),
                      Catch::Contains("cannot decode the input of a stage"));
    CHECK(run(e).returncode == 0); // bytes by default
}

TEST_CASE("without text mode no text is changed", "[language][found:D5]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{"\xff", summer};
    CHECK(run((words | upper | copy) > capture).out
          == "\xff\n" + upper_summer + '\n');
    CHECK(run((copy < text("\xff\r\n")) > capture).out == "\xff\r\n");
}
