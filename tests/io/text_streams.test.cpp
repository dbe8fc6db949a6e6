// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Popen, run and lines in text mode.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <sys/wait.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// A child that writes `bytes`, as they are.
class Writer {
public:
    explicit Writer(std::string const& bytes)
    {
        write_file(directory_ / "bytes", bytes);
    }

    Popen operator()(PopenOptions options) const
    {
        options.in = directory_ / "bytes";
        options.out = Stdio::pipe;
        return Popen({child("copy")}, options);
    }

    auto command() const { return cmd(child("copy")) < directory_ / "bytes"; }

private:
    TemporaryDirectory directory_;
};

/// A source of bytes that text mode does not encode.
Text bytes(std::string_view content)
{
    return text(std::as_bytes(std::span(content)));
}

Popen copier(PopenOptions options)
{
    options.in = options.out = Stdio::pipe;
    return Popen({child("copy")}, options);
}

} // namespace

TEST_CASE("each of four options turns text mode on", "[text][row:R10]")
{
    NoLeaks const no_leaks;
    Writer const writer("a\r\nb");
    auto const read = [&](PopenOptions options) {
        return writer(options).communicate().out.str();
    };
    CHECK(read({}) == "a\r\nb");
    CHECK(read({.text = true}) == "a\nb");
    CHECK(read({.universal_newlines = true}) == "a\nb");
    CHECK(read({.encoding = "ascii"}) == "a\nb");
    CHECK(read({.errors = TextErrors::strict}) == "a\nb");

    auto const captured = writer.command() > capture;
    CHECK(run(captured).out == "a\r\nb");
    CHECK(run(captured, {.text = true}).out == "a\nb");
    CHECK(run(captured, {.universal_newlines = true}).out == "a\nb");
    CHECK(run(captured, {.encoding = "ascii"}).out == "a\nb");
    CHECK(run(captured, {.errors = TextErrors::ignore}).out == "a\nb");
}

TEST_CASE("text mode has two names", "[text][row:P25]")
{
    NoLeaks const no_leaks;
    Writer const writer("\xc3\xbc\r");
    for (bool const old : {false, true})
        CHECK(writer({.text = !old, .universal_newlines = old}).out().read()
              == "\xc3\xbc\n");
}

TEST_CASE("without text mode bytes stay exact", "[text][row:P29]")
{
    NoLeaks const no_leaks;
    std::string const bytes = "\r\n\r\0\xff\xfe\n"s;
    Writer const writer(bytes);
    CHECK(writer({}).communicate().out == bytes);
    CHECK(writer({}).out().read() == bytes);
    CHECK(run(writer.command() > capture).out == bytes);
    auto p = copier({});
    CHECK(p.communicate(bytes).out == bytes);
}

TEST_CASE("a stream in text mode is read in lines, characters and whole",
          "[text][streams][row:P24]")
{
    NoLeaks const no_leaks;
    Writer const writer("\xe4\xf6\xfc\r\nline\rend");
    auto p = writer({.encoding = "latin-1"});
    CHECK(p.out().read(2) == "\xc3\xa4\xc3\xb6");
    CHECK(p.out().readline() == "\xc3\xbc\n");
    CHECK(p.out().readline() == "line\n");
    CHECK(p.out().read(0) == "");
    CHECK(p.out().read() == "end");
    CHECK(p.out().read() == "");
    CHECK(p.out().readline() == "");
}

TEST_CASE("characters split over reads are put together",
          "[text][streams][row:P24][fault:I06]")
{
    NoLeaks const no_leaks;
    auto const text = "\xf0\x9f\x98\x80\r\n\xe2\x82\xac"s;
    Popen p({child("copy_bytewise")}, {.in = Stdio::pipe,
                                       .out = Stdio::pipe,
                                       .bufsize = 0,
                                       .encoding = "utf-8"});
    p.in().write(text);
    p.in().close();
    CHECK(p.out().read(1) == "\xf0\x9f\x98\x80");
    CHECK(p.out().readline() == "\n");
    std::string rest;
    char byte;
    while (p.out().read_some({&byte, 1}) == 1)
        rest += byte;
    CHECK(rest == "\xe2\x82\xac");
}

TEST_CASE("what is written in text mode is encoded", "[text][streams][row:P24]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    {
        Popen p({child("copy")}, {.in = Stdio::pipe,
                                  .out = directory / "f",
                                  .encoding = "utf-16-le"});
        p.in().write("\xc3");
        p.in().write("\xbc\n");
        p.in().close();
        CHECK(p.wait() == 0);
    }
    CHECK(read_file(directory / "f") == "\xfc\0\n\0"s);
}

TEST_CASE("in text mode a bufsize of 1 writes line by line",
          "[text][streams][row:P18]")
{
    NoLeaks const no_leaks;
    auto p = copier({.bufsize = 1, .text = true});
    p.in().write("half a line,");
    p.in().write(" and its end\nmore");
    CHECK(p.out().readline() == "half a line, and its end\n");
    p.in().close();
    CHECK(p.out().read() == "more");
}

TEST_CASE("without text mode a bufsize of 1 is the default",
          "[text][streams][row:P18]")
{
    NoLeaks const no_leaks;
    auto p = copier({.bufsize = 1});
    p.in().write("a line\n");
    p.in().flush();
    CHECK(p.out().readline() == "a line\n");
}

TEST_CASE("bytes are not text", "[text][streams][row:M08]")
{
    NoLeaks const no_leaks;
    auto p = copier({.text = true});
    std::vector<std::byte> const bytes(3);
    CHECK_THROWS_WITH(p.in().write(bytes),
                      "stdin is in text mode: write text, not bytes");
    p.in().write("text");
    CHECK(p.communicate().out == "text");
}

TEST_CASE("communicate encodes its input and decodes both outputs",
          "[text][row:P24][row:M06][row:M07]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy_both")}, {.in = Stdio::pipe,
                                   .out = Stdio::pipe,
                                   .err = Stdio::pipe,
                                   .encoding = "cp1252"});
    auto const done = p.communicate("\xe2\x82\xac\r\n");
    CHECK(done.out == "\xe2\x82\xac\n");
    CHECK(done.err == "\xe2\x82\xac\n");
}

TEST_CASE("communicate goes on where streams were read and written by hand",
          "[text][row:M06]")
{
    NoLeaks const no_leaks;
    auto p = copier({.encoding = "utf-16"});
    p.in().write("a\nb"); // not flushed, and its mark is written once
    auto const out = p.communicate("c").out.str();
    CHECK(out == "a\nbc");

    auto q = copier({.text = true});
    q.in().write("first\nsec\xc3");
    q.in().flush();
    CHECK(q.out().readline() == "first\n");
    CHECK(q.communicate("\xbcnd\r\n").out == "sec\xc3\xbcnd\n");
}

TEST_CASE("a stream that is no text gives its lines, then the error",
          "[text][streams]")
{
    NoLeaks const no_leaks;
    Writer const writer("good\nbad \xff\nmore\n");
    auto p = writer({.encoding = "utf-8"});
    CHECK(p.out().readline() == "good\n");
    for (int i = 0; i < 2; ++i) // it stays
        CHECK_THROWS_WITH(
            p.out().readline(),
            "cannot decode stdout as utf-8: byte 0xff at offset 9");
    CHECK(p.out().read(4) == "bad ");
    CHECK_THROWS_AS(p.out().read(), TextError);
}

TEST_CASE("communicate keeps the bytes of what is no text", "[text]")
{
    NoLeaks const no_leaks;
    Writer const writer("a\r\n\xff");
    auto p = writer({.encoding = "utf-8"});
    try {
        static_cast<void>(p.communicate());
        FAIL("nothing was thrown");
    } catch (TextError const& error) {
        CHECK(error.out() == "a\r\n\xff");
        CHECK_FALSE(error.err().captured());
        CHECK(error.code() == std::errc::illegal_byte_sequence);
    }
    CHECK(p.returncode() == 0);
}

TEST_CASE("input that cannot be encoded is told before it is sent", "[text]")
{
    NoLeaks const no_leaks;
    auto p = copier({.encoding = "ascii"});
    CHECK_THROWS_AS(p.communicate("\xc3\xbc"), TextError);
    CHECK(p.communicate("u").out == "u");
    CHECK_THROWS_AS(
        run(cmd(child("copy")), {.input = "\xc3\xbc", .encoding = "ascii"}),
        TextError);
}

TEST_CASE("a destructor that does not wait writes what fits",
          "[text][on_destroy]")
{
    NoLeaks const no_leaks;
    std::string much;
    for (int i = 0; i < 2046; ++i) // as many bytes as the pipe holds
        much += "\xe6\x97\xa5";
    {
        Popen p({child("sleep_until_killed")},
                {.in = Stdio::pipe,
                 .pipesize = 4096,
                 .bufsize = 0,
                 .encoding = "iso-2022-jp",
                 .on_destroy = OnDestroy::teardown});
        p.in().write(much);
    }
    auto const job = start(cmd(child("sleep_until_killed")) < Stdio::pipe,
                           {.encoding = "iso-2022-jp"});
}

TEST_CASE("half a character does not keep back what stands in front of it",
          "[text][on_destroy]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    Popen p({child("copy")}, {.in = Stdio::pipe,
                              .out = directory / "f",
                              .text = true,
                              .on_destroy = OnDestroy::detach});
    int const pid = p.pid();
    p.in().write("a\xc3");
    p.detach();
    wait_for_end(pid); // detach may have collected it
    CHECK(read_file(directory / "f") == "a");
    CHECK(returncode_of({child("exit_with"), 0}) == 0); // reaps it by the way
}

TEST_CASE("a bound that cuts a character leaves it out", "[text][limits]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "aaa\xc3\xa9"
                                       "bbb")
                 | capture;
    auto const kept = [&](CaptureLimit::Excess excess) {
        return run(e, {.limit = {.bytes = 4, .excess = excess}, .text = true})
            .out.str();
    };
    CHECK(kept(CaptureLimit::keep_head) == "aaa");
    CHECK(kept(CaptureLimit::keep_tail) == "bbb");
}

TEST_CASE("a character that is half there when the time is over is kept",
          "[text][row:E03]")
{
    NoLeaks const no_leaks;
    Popen p(
        {child("write_then_wait"), "ab\xc3"},
        {.out = Stdio::pipe, .text = true, .on_destroy = OnDestroy::teardown});
    CHECK(p.out().read(1) == "a");
    try {
        p.communicate({}, 10ms);
        FAIL("nothing was thrown");
    } catch (TimeoutExpired const& error) {
        CHECK(error.out() == "b\xc3");
    }
}

TEST_CASE("an unknown encoding starts nothing", "[text]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "made";
    CHECK_THROWS_AS(
        Popen({child("print"), "x"}, {.out = file, .encoding = "no-such"}),
        std::invalid_argument);
    CHECK_THROWS_AS(
        run(cmd(child("print"), "x") > file, {.encoding = "no-such"}),
        std::invalid_argument);
    CHECK_THROWS_AS((cmd(child("print"), "x") | lines({.encoding = "no-such"})),
                    std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("what was captured before a timeout stays bytes", "[text][row:E03]")
{
    NoLeaks const no_leaks;
    auto const slow = sh("printf 'a\\r\\n\\377'; exec sleep 30");
    Popen p({"sh", "-c", "printf 'a\\r\\n\\377'; exec sleep 30"},
            {.out = Stdio::pipe, .text = true});
    CHECK(p.out().read(1) == "a"); // it has written
    try {
        p.communicate({}, 10ms);
        FAIL("nothing was thrown");
    } catch (TimeoutExpired const& error) {
        CHECK(error.out().captured());
    }
    p.kill();
    CHECK_THROWS_AS(p.communicate(), TextError);
    CHECK(at_some_limit([&](Timeout limit) {
        try {
            (void)run(slow > capture, {.text = true, .timeout = limit});
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& error) {
            return error.out() == "a\r\n\xff";
        }
        return false;
    }));
}

TEST_CASE("run decodes every capture of every stage", "[text][row:P24]")
{
    NoLeaks const no_leaks;
    std::string kept;
    auto const writes = cmd(child("write_to"), 1, "out\xfc", 2, "err\xfc");
    auto const e =
        (writes > err(capture)) | cmd(child("copy")) | tee(to(kept)) | capture;
    auto const done = run(e, {.encoding = "latin-1"});
    CHECK(done.out == "out\xc3\xbc");
    CHECK(done.err == "err\xc3\xbc");
    CHECK(done.stages[0].err == "err\xc3\xbc");
    CHECK(kept == "out\xc3\xbc");
    CHECK(read(writes > err(devnull), {.encoding = "latin-1"})
          == "out\xc3\xbc");
}

TEST_CASE("run encodes its input", "[text][row:R06]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    check(cmd(child("copy")) > directory / "f",
          {.input = "\xc3\xbc\n", .encoding = "latin-1"});
    CHECK(read_file(directory / "f") == "\xfc\n");
}

TEST_CASE("an error of run holds text of what failed, bytes of what is none",
          "[text][row:E05]")
{
    NoLeaks const no_leaks;
    auto const fails = sh("printf 'a\\r\\n'; exit 3");
    try {
        check(fails > capture, {.text = true});
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.out() == "a\n");
    }
    try {
        check(sh("printf '\\377'; exit 3") > capture, {.encoding = "utf-8"});
        FAIL("nothing was thrown");
    } catch (TextError const& error) {
        CHECK(error.out() == "\xff");
    }
}

TEST_CASE("the streams of a job are in text mode", "[text][job]")
{
    NoLeaks const no_leaks;
    auto job = start((cmd(child("copy")) < Stdio::pipe) > Stdio::pipe,
                     {.encoding = "utf-16"});
    job.in().write("\xc3\xbc\n");
    job.in().close();
    CHECK(collect(job.lines()) == Strings{"\xc3\xbc"});
    CHECK(job.wait().returncode == 0);
}

TEST_CASE("lines are decoded, of processes, files and stages", "[text][ranges]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "\xff\xfe\xfc\0\r\0\n\0x\0"s);
    LineOptions const utf16{.encoding = "utf-16"};
    Strings const expected{"\xc3\xbc", "x"};
    auto const reads = cmd(child("copy")) < directory / "f";
    CHECK(collect(reads | lines(utf16)) == expected);
    CHECK(collect(Stdio(directory / "f") | lines(utf16)) == expected);
    auto const pass = stage([](LineRange in) { return in; }, utf16);
    CHECK(collect(reads | pass | lines) == expected);
    CHECK(read(reads | pass | cmd(child("copy"))) == "\xc3\xbc\nx");
    std::vector<std::string> seen;
    for (auto const& line : reads | tagged(utf16))
        seen.push_back(line.line);
    CHECK(seen == expected);
}

TEST_CASE("lines of any pieces are decoded, whoever asks for them",
          "[text][ranges]")
{
    NoLeaks const no_leaks;
    auto range = (cmd(child("copy_bytewise")) < bytes("\xfc\r\n\xe4\n"))
               | lines({.encoding = "latin-1"});
    Strings seen;
    while (!range.ended()) {
        if (auto const line = range.try_next())
            seen.emplace_back(*line);
    }
    CHECK(seen == Strings{"\xc3\xbc", "\xc3\xa4"});
}

TEST_CASE("lines that are no text throw behind those that are",
          "[text][ranges]")
{
    NoLeaks const no_leaks;
    Strings seen;
    auto range = (cmd(child("copy")) < bytes("a\nb\n\xff\n"))
               | lines({.encoding = "utf-8"});
    auto const read = [&] {
        for (std::string_view const line : range)
            seen.emplace_back(line);
    };
    CHECK_THROWS_AS(read(), TextError);
    CHECK(seen == Strings{"a", "b"});
}

TEST_CASE("text of text is refused", "[text][ranges]")
{
    NoLeaks const no_leaks;
    Writer const writer("a\n");
    auto p = writer({.text = true});
    CHECK_THROWS_AS((p.out() | lines({.text = true})), std::invalid_argument);
    CHECK(collect(p.out() | lines) == Strings{"a"});
    CHECK_THROWS_WITH(cmd("a").with({.text = true}),
                      Catch::Contains("text mode is not of one command"));
}

TEST_CASE("the default encoding is that of the user's locale",
          "[text][row:P28]")
{
    NoLeaks const no_leaks;
    auto const in_locale = [](char const* name) {
        return in_private_process([=](Complaints const& complaints) {
            ::setenv("LC_ALL", name, 1);
            auto const e = (cmd(child("copy")) < text("\xc3\xbc\n")) > capture;
            complaints.expect_equal(run(e, {.text = true}).out, "\xc3\xbc\n",
                                    name);
        });
    };
    CHECK(in_locale("C") == "");
    CHECK(in_locale("C.UTF-8") == "");
    CHECK(in_locale("no_such_LOCALE") == "");
}

TEST_CASE("a locale without UTF-8 has an encoding of its own",
          "[text][row:P28]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const locales;
    auto const make = cmd("localedef", "-c", "-i", "POSIX", "-f", "ISO-8859-1",
                          locales / "latin");
    if (!which("localedef") || !run(make.accept({0, 1}) > both(devnull))
        || !std::filesystem::exists(locales / "latin/LC_CTYPE")) {
        WARN("this system cannot make a locale");
        return;
    }
    CHECK(in_private_process([&](Complaints const& complaints) {
              ::setenv("LOCPATH", locales.str().c_str(), 1);
              ::setenv("LC_ALL", "latin", 1);
              auto const e = (cmd(child("copy")) < bytes("\xfc")) | capture;
              complaints.expect_equal(run(e, {.text = true}).out, "\xc3\xbc",
                                      "decoded");
              complaints.expect_equal(::setlocale(LC_ALL, nullptr), "C",
                                      "locale of this process");
          })
          == "");
}

TEST_CASE("the tail of a text is kept only if text can begin anywhere",
          "[text][limit][found:D6]")
{
    NoLeaks const no_leaks;
    Writer const writer("abcdef");
    auto const e = writer.command() > capture;
    CaptureLimit const tail{.bytes = 3, .excess = CaptureLimit::keep_tail};
    for (auto const* const name :
         {"utf-16", "utf-16le", "utf-32", "shift-jis", "gb18030", "big5",
          "euc-jp", "iso-2022-jp", "utf-7"}) {
        CAPTURE(name);
        CHECK(message_of<std::invalid_argument>(
                  [&] { (void)run(e, {.limit = tail, .encoding = name}); })
              == "keep_tail: text in " + std::string(name)
                     + " cannot be decoded from the middle; capture bytes, or "
                       "use keep_head");
        CHECK_THROWS_AS(start(e, {.limit = tail, .encoding = name}),
                        std::invalid_argument);
    }
    for (auto const* const name :
         {"utf-8", "ascii", "latin-1", "iso-8859-15", "cp1252", "koi8-r"}) {
        CAPTURE(name);
        CHECK(run(e, {.limit = tail, .encoding = name}).out == "def");
    }
    // Without a bound, and with the head, nothing begins in the middle.
    Writer const wide(std::string("a\0b\0c\0", 6));
    CHECK(run(wide.command() > capture,
              {.limit = {.bytes = 3, .excess = CaptureLimit::keep_head},
               .encoding = "utf-16le"})
              .out
          == "a");
}
