// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The stderr of an expression as a range, and as a capture.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Writes a line to stderr and then one to stdout.
Command speaker(std::string_view name)
{
    return cmd(child("write_to"), 2, std::string(name) + " err\n", 1,
               std::string(name) + " out\n");
}

} // namespace

TEST_CASE("a range reads stderr alone, and stdout keeps its destination",
          "[found:C1]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const e = speaker("a") > folder / "out";
    CHECK(collect(stderr_of(e) | lines) == Strings{"a err"});
    CHECK(read_file(folder / "out") == "a out\n");
    CHECK(collect(stderr_of(e) | lines({.keep_ends = true}))
          == Strings{"a err\n"});
    CHECK(collect(stderr_of(e) | records(' ')) == Strings{"a", "err\n"});
    CHECK(joined_bytes(stderr_of(e) | chunks(3)) == "a err\n");
}

TEST_CASE("a range over stderr reads that of every stage that does not "
          "redirect it",
          "[found:C1]")
{
    NoLeaks const no_leaks;
    auto const pipeline =
        speaker("a") | (speaker("b") > err(devnull)) | speaker("c");
    auto all = collect(stderr_of(pipeline > devnull) | lines);
    std::ranges::sort(all);
    CHECK(all == Strings{"a err", "c err"});
    auto const list = seq(speaker("a"), speaker("b"));
    CHECK(collect(stderr_of(list > devnull) | lines)
          == Strings{"a err", "b err"});
    CHECK(collect(stderr_of(stage(std::identity()) < devnull) | lines)
          == Strings{});
}

TEST_CASE("a range over stderr gives the result of what wrote it", "[found:C1]")
{
    NoLeaks const no_leaks;
    auto const range = stderr_of(speaker("a") > capture) | lines;
    CHECK(collect(range) == Strings{"a err"});
    CHECK(range.result().out == "a out\n");
    CHECK_FALSE(range.result().err.captured());
    auto const failing = stderr_of(cmd(child("exit_with"), 3)) | lines;
    CHECK_THROWS_AS(collect(failing), CalledProcessError);
}

TEST_CASE("a range over stderr that is left early ends the writer",
          "[found:C1]")
{
    NoLeaks const no_leaks;
    auto const endless = cmd(child("copy_both"))<"/dev/zero"> devnull;
    for (Chunk const bytes : stderr_of(endless) | chunks(10)) {
        CHECK(bytes.size() == 10);
        break;
    }
}

TEST_CASE("stderr is captured behind stderr_of as with err(...)", "[found:C1]")
{
    NoLeaks const no_leaks;
    auto const captured = run((stderr_of(speaker("a")) | capture) > devnull);
    CHECK(captured.err == "a err\n");
    CHECK_FALSE(captured.out.captured());
    std::string s;
    auto const both = run((stderr_of(speaker("a")) | to(s)) > capture);
    CHECK(both.out == "a out\n");
    CHECK(s == "a err\n");
}

TEST_CASE("a stream that is connected already is not given to a range",
          "[found:C1]")
{
    auto const to_null = Pipeline(cmd("a") > both(devnull));
    CHECK(message_of<std::invalid_argument>(
              [&] { (void)(stderr_of(to_null) | lines); })
          == "a range reads it, but stderr of \"a\" is connected already");
    CHECK(message_of<std::invalid_argument>([&] { (void)(to_null | lines); })
          == "a range reads it, but stdout of \"a\" is connected already");
    CHECK_THROWS_AS(stderr_of(to_null) | capture, std::invalid_argument);
}

TEST_CASE("a fake answers a range over stderr with its stderr", "[found:C1]")
{
    struct Fake : Executor {
        std::unique_ptr<Running> start(Program program,
                                       RunOptions const&) override
        {
            auto result = successful(program);
            result.out = Output("out\n");
            result.err = Output("err\n");
            return finished(std::move(program), std::move(result));
        }
    } fake;
    UseExecutor const scope(fake);
    CHECK(collect(stderr_of(cmd("a")) | lines) == Strings{"err"});
    CHECK(collect(cmd("a") | lines) == Strings{"out"});
}

TEST_CASE("capture_output gives what a stage made of the stderr of another",
          "[found:D1]")
{
    NoLeaks const no_leaks;
    auto const e = stderr_of(sh("echo o; echo e >&2")) | cmd("sed", "s/^/E:/");
    auto const done = run(e, {.capture_output = true});
    auto text = lines_of(done.out);
    std::ranges::sort(text);
    CHECK(text == Strings{"E:e", "o"});
    CHECK(done.err.empty());
    CHECK(run(e | capture).out.captured());
}
