// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Stderr on its way through a tee or another expression.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/screen.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

using namespace runnel;
using namespace runnel::test;

namespace {

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

Command copy()
{
    return cmd(child("copy"));
}

/// Writes "o" to stdout and "e" to stderr.
Command speak()
{
    return cmd(child("write_to"), 1, "o", 2, "e");
}

} // namespace

TEST_CASE("a tee copies stderr and passes it on as stderr", "[job][tee]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              TemporaryDirectory const directory;
              auto const file = directory / "f";
              auto const branch = copy() > directory / "g";
              auto const done = run(speak() > err(tee(file, capture, branch)));
              EXPECT_IN(told, bool(done));
              told.expect_equal(done.err, "e", "kept");
              told.expect_equal(done.stages[0].err, "e", "of the stage");
              told.expect_equal(read_file(file), "e", "the file");
              told.expect_equal(read_file(directory / "g"), "e", "the branch");
              told.expect_equal(screen.rest(1), "o", "on stdout");
              told.expect_equal(screen.rest(2), "e", "on stderr");
          })
          == "");
}

TEST_CASE("stdout stays free behind a tee of stderr", "[job][tee]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              TemporaryDirectory const directory;
              auto const file = directory / "f";
              auto const teed = speak() > err(tee(capture));
              auto const kept = run(grouped(teed | capture) || print("never"));
              told.expect_equal(kept.out, "o", "out");
              told.expect_equal(kept.err, "e", "err");
              auto const piped = run((teed | copy()) | capture);
              told.expect_equal(piped.out, "o", "behind a pipe");
              told.expect_equal(piped.stages[0].err, "e", "in front of it");
              check((print("x") | teed) > file);
              told.expect_equal(read_file(file), "o", "in a file");
              auto const both_kept = run((teed | tee(capture)) > devnull);
              told.expect_equal(both_kept.stages[0].out, "o", "by two tees");
              told.expect_equal(both_kept.stages[0].err, "e", "by two tees");
              told.expect_equal(both_kept.out, "o", "of the whole");
              check((teed | (copy() > devnull)) > err(devnull));
              told.expect_equal(screen.rest(1), "", "on stdout");
              told.expect_equal(screen.rest(2), "eeee", "on stderr");
          })
          == "");
}

TEST_CASE("stderr goes through any expression, and on as stderr", "[job][tee]")
{
    NoLeaks const no_leaks;
    auto const talk = sh("echo out; printf 'good\\nbad\\n' >&2");
    auto const filtered = talk > err(cmd("grep", "-v", "bad"));
    auto const done = run((filtered | copy() | capture) > err(capture));
    CHECK(done);
    CHECK(done.captures.size() == 2);
    CHECK(done.out == "out\n");
    CHECK(done.err == "good\n");
    auto const through = talk > err(cmd("cat") | cmd("sort"));
    auto const sorted = run(through, {.capture_output = true});
    CHECK(sorted.out == "out\n");
    CHECK(sorted.err == "bad\ngood\n");
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    auto const away = run((talk > err(cmd("cat") | (cmd("sort") > file)))
                          | cmd("cat") | capture);
    CHECK(away.out == "out\n");
    CHECK(read_file(file) == "bad\ngood\n");
    auto const again =
        run(talk > err(cmd("cat")) > err(cmd("sort")) > err(capture) > devnull);
    CHECK(again.err == "bad\ngood\n");
    CHECK(read(stderr_of((talk > err(cmd("sort"))) > devnull) | cmd("cat"))
          == "bad\ngood");
    auto const fails =
        run((talk > err(sh("cat >/dev/null; exit 3"))) | capture);
    CHECK(fails.returncode == 3);
}

TEST_CASE("stderr that is connected goes through nothing else", "[job][tee]")
{
    Pipeline const gone(print("x") > err(devnull));
    CHECK_THROWS_AS(gone > err(tee("f")), std::invalid_argument);
    Pipeline const teed((print("x") > err(tee("f"))) > err(devnull));
    CHECK_THROWS_AS(teed > err(devnull), std::invalid_argument);
    Pipeline const fed(copy() < text("x"));
    CHECK_THROWS_AS(print("x") > err(fed), std::invalid_argument);
}

TEST_CASE("stderr of a command belongs to it also behind a C++ stage",
          "[tee][capture_output]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const talk = sh("echo o; echo e >&2")
                    | stage(std::views::transform(
                        [](std::string_view line) { return line; }));
    auto const done =
        run(talk > err(tee(directory / "f")), {.capture_output = true});
    CHECK(done.out == "o\n");
    REQUIRE(done.stages.size() == 1);
    CHECK(done.stages[0].err == "e\n");
    CHECK(read_file(directory / "f") == "e\n");
}
