// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where the streams of commands and of whole pipelines go.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Writes "out" to stdout and "err" to stderr.
Command speaker()
{
    return cmd(child("write_to"), 1, "out", 2, "err");
}

Command copy()
{
    return cmd(child("copy"));
}

} // namespace

TEST_CASE("stderr goes to any target of its own", "[language][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    std::string text;
    check(speaker() > devnull > err(file));
    CHECK(read_file(file) == "err");
    check(speaker() > devnull > err(append(file)));
    CHECK(read_file(file) == "errerr");
    check(speaker() > devnull > err(to(text)));
    CHECK(text == "err");
    auto const kept = speaker() > capture > err(capture);
    auto const done = run(kept);
    CHECK(done.out == "out");
    CHECK(done.err == "err");
    CHECK(done.stages[0].err == "err");
}

TEST_CASE("two streams may share one open file",
          "[language][redirect][fault:F10]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    check(speaker() > both(file));
    CHECK(read_file(file) == "outerr");
    check(speaker() > both(append(file)));
    CHECK(read_file(file) == "outerrouterr");
    auto const captured = speaker() > both(capture);
    auto const done = run(captured);
    CHECK(done.out == "outerr");
    CHECK_FALSE(done.err.captured());
}

TEST_CASE("a capture is connected before other redirections",
          "[language][redirect][fault:D05]")
{
    NoLeaks const no_leaks;
    auto const first = speaker() > err_to_out > capture;
    CHECK(run(first).out == "outerr");
    auto const last = speaker() > capture > err_to_out;
    CHECK(run(last).out == "outerr");
    auto const other = speaker() > err(capture) > out_to_err;
    CHECK(run(other).err == "outerr");
}

TEST_CASE("redirections are made from left to right",
          "[language][redirect][fault:D05]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    auto const rest = folder / "rest";
    check(seq(speaker() > err_to_out > file) > rest);
    CHECK(read_file(file) == "out");
    CHECK(read_file(rest) == "err");
    check(seq(speaker() > file > err_to_out) > rest);
    CHECK(read_file(file) == "outerr");
    CHECK(read_file(rest) == "");
}

TEST_CASE("only stderr goes on to the next stage, and stdout stays",
          "[language][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    auto const sent = stderr_of(speaker() > file) | copy() | capture;
    CHECK(run(sent).out == "err");
    CHECK(read_file(file) == "out");
    auto const stayed = (stderr_of(speaker()) | copy()) > file;
    check(stayed);
    auto const text = read_file(file);
    CHECK((text == "outerr" || text == "errout"));
    auto const complains = cmd(child("write_to"), 2, "err");
    auto const of_all = stderr_of(complains | complains) | copy() | capture;
    CHECK(run(of_all).out == "errerr");
}

TEST_CASE("any descriptor can be given, to read and to write",
          "[language][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    write_file(folder / "in", "gate");
    check(cmd(child("write_to"), 3, "three", 9, "nine")
          > fd(3, folder / "three") > fd(9, folder / "nine"));
    CHECK(read_file(folder / "three") == "three");
    CHECK(read_file(folder / "nine") == "nine");
    auto const gated =
        (cmd(child("gated_copy"), 5) < text("through")) < fd(5, folder / "in");
    auto const captured = gated > capture;
    CHECK(run(captured).out == "readythrough");
    std::string kept;
    check((cmd(child("write_to"), 4, "kept") > fd(4, to(kept)))
          < fd(7, text("unread")));
    CHECK(kept == "kept");
}

TEST_CASE("what is read may be given as bytes", "[language][redirect]")
{
    NoLeaks const no_leaks;
    std::vector<std::byte> const bytes{std::byte{0}, std::byte{0xff}};
    CHECK(run((copy() < text(bytes)) > capture).out
          == std::string_view("\0\xff", 2));
}

TEST_CASE("a descriptor can be made the same as another",
          "[language][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    check(cmd(child("write_to"), 3, "three") > file > fd(3, fd(1)));
    CHECK(read_file(file) == "three");
    // Swapped, with a third one to hold what would be lost.
    std::string out;
    std::string err_text;
    auto const swapped =
        seq(speaker() > fd(3, fd(1)) > fd(1, fd(2)) > fd(2, fd(3)));
    check(swapped > to(out) > err(to(err_text)));
    CHECK(out == "err");
    CHECK(err_text == "out");
}

TEST_CASE("a child gets the descriptors it is given, and no others",
          "[language][redirect]")
{
    NoLeaks const no_leaks;
    auto const e = (cmd(child("print_open_fds")) > fd(6, devnull)) | capture;
    CHECK(run(e).out.trimmed() == "0 1 2 6");
}

TEST_CASE("a redirection of a whole holds for each that has none of its own",
          "[language][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const own = folder / "own";
    auto const shared = folder / "shared";
    auto const complains = cmd(child("write_to"), 2, "err");
    check(((complains > err(own)) | complains | complains) > err(shared));
    CHECK(read_file(own) == "err");
    CHECK(read_file(shared) == "errerr");
    auto const captured = (complains | complains) > err(capture);
    auto const done = run(captured);
    CHECK(done.err == "errerr");
    CHECK(done.stages[0].err == done.stages[1].err);
}

TEST_CASE("any stream may go to a descriptor of this process",
          "[language][redirect]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    check(speaker() > pipe.write_end.get() > err(devnull));
    pipe.write_end.close();
    CHECK(read_all(pipe.read_end.get()) == "out");
}

TEST_CASE("what a redirection cannot be is told where it is written",
          "[language][redirect][fault:I13]")
{
    auto const a = cmd("a");
    CHECK_THROWS_AS(a > fd(-1, "f"), std::invalid_argument);
    CHECK_THROWS_AS(a > fd(3, capture), std::invalid_argument);
    CHECK_THROWS_AS(a > fd(3, Stdio::pipe), std::invalid_argument);
    CHECK_THROWS_AS(a > fd(1, text("x")), std::invalid_argument);
    CHECK_THROWS_AS(a < fd(3, capture), std::invalid_argument);
    CHECK_THROWS_AS(a < append("f"), std::invalid_argument);
    CHECK_THROWS_AS(a > Stdio::out, std::invalid_argument);
    CHECK_THROWS_AS((a > fd(1, "x")) > "y", std::invalid_argument);
    CHECK_THROWS_AS((a > fd(1, "x")) | a, std::invalid_argument);
    CHECK_THROWS_AS(a.with({.out = "f"}) > "g", std::invalid_argument);
    CHECK_THROWS_AS(a > std::string("f\0g", 3), std::invalid_argument);
}

TEST_CASE("a closed descriptor is told before a file is touched",
          "[language][redirect][fault:I11]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    write_file(file, "precious");
    int const closed = closed_fd();
    for (auto const& e :
         {Pipeline((copy() > file) > err(closed)),
          Pipeline(copy() > file > fd(2, fd(closed))),
          Pipeline(copy() | ((copy() > file) > fd(5, closed)))}) {
        try {
            (void)run(e);
            FAIL("nothing was thrown");
        } catch (SpawnError const& error) {
            CHECK(error.code() == std::errc::bad_file_descriptor);
        }
        CHECK(read_file(file) == "precious");
    }
}

TEST_CASE("a part that is used twice opens its files twice",
          "[language][redirect][fault:D04]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    auto const one = copy()<text("x")> append(file);
    check(seq(one, one, one));
    CHECK(read_file(file) == "xxx");
    write_file(folder / "in", "once");
    auto const reader = speaker() > devnull > err(append(file));
    check(grouped(seq(reader, reader)) | (copy() > devnull));
    CHECK(read_file(file) == "xxxerrerr");
}

TEST_CASE("a tee or C++ that cannot open its file is told at the command in "
          "front of it",
          "[job][tee][spawn-error]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const nowhere = folder / "no/f";
    auto const same =
        stage(std::views::filter([](std::string_view) { return true; }));
    auto const check_told = [&](auto const& pipeline, std::string_view who) {
        auto const done =
            run((grouped(pipeline) || cmd(child("print"), "b")) | capture);
        CHECK(done);
        CHECK(done.out == "b");
        CHECK_FALSE(done.stages.at(0).was_started());
        CHECK(done.stages[0].refusal.find("cannot start \"" + std::string(who)
                                          + "\" (stage 1 of 2)")
              == 0);
        CHECK(done.stages.at(1).refusal.empty());
    };
    check_told(copy() | tee(nowhere), "tee");
    check_told(copy() | (same > nowhere), "stage");
}
