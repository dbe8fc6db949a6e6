// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures in memory files, in place of pipes.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>

using namespace runnel;
using namespace runnel::test;

namespace {

constexpr auto in_file = CaptureIn::memory_file;

Command copy()
{
    return cmd(child("copy"));
}

/// Writes `out` to stdout and `err` to stderr.
Command writer(std::string_view out, std::string_view err)
{
    return cmd(child("write_to"), 1, out, 2, err);
}

/// All that a result captured.
std::vector<std::string> captured_by(CompletedProcess const& done)
{
    std::vector<std::string> all;
    auto const add = [&](Output const& output) {
        all.push_back(output.captured() ? output.str() : "-");
    };
    add(done.out);
    add(done.err);
    for (auto const& stage : done.stages) {
        add(stage.out);
        add(stage.err);
    }
    for (auto const& kept : done.captures)
        add(kept.bytes);
    return all;
}

} // namespace

TEST_CASE("captures in memory files are those of pipes",
          "[language][memory_file]")
{
    NoLeaks const no_leaks;
    auto const many = cmd(child("fill"), 300'000, 200'000);
    std::string kept;
    std::vector<Pipeline> const all{
        writer("a", "b") | capture,
        writer("a", "b") > err(capture) > capture,
        writer("a", "b") > both(capture),
        (copy() < text("some text")) | copy() | capture,
        (copy() < text(std::string(5'000'000, 'x'))) > capture,
        many > capture > err(capture),
        seq(writer("a", "b"), writer("c", "d")) > capture > err(capture),
        (writer("a", "b") && (writer("c", "d") > capture)) > err(capture),
        together(writer("a\n", "b\n"), writer("c\n", "d\n")) | cmd("sort")
            | capture,
        (writer("x\n", "y\n") | tee(capture) | copy()) > capture,
        seq(writer("a\n", "b"), copy() < text("t\n"))
            | stage(std::views::filter(
                [](std::string_view line) { return line != "t"; }))
            | capture,
        cmd(child("exit_with"), 3) > capture,
        writer("a", "b") > to(kept) > err(capture),
    };
    for (auto const& e : all) {
        INFO(to_string(e));
        kept.clear();
        auto const expected = captured_by(run(e));
        auto const expected_kept = kept;
        CHECK((captured_by(run(e, {.capture_in = in_file})) == expected));
        CHECK(kept == expected_kept);
    }
}

TEST_CASE("what a verb captures may be in a memory file",
          "[language][memory_file]")
{
    NoLeaks const no_leaks;
    auto const two = writer("a", "b") | copy();
    RunOptions options{.capture_output = true, .capture_in = in_file};
    CHECK((captured_by(run(two, options))
           == captured_by(run(two, {.capture_output = true}))));
    std::string const much(5'000'000, 'o');
    auto const fill = cmd(child("fill"), much.size());
    CHECK((read(fill, {.capture_in = in_file}) == much));
    CHECK((check_output(fill, {.capture_in = in_file}) == much));
    CHECK(read(writer("x\r\ny", ""), {.capture_in = in_file, .text = true})
          == "x\ny");
    CHECK(read(cmd("true"), {.capture_in = in_file}) == "");
    auto job = start(fill > capture, {.capture_in = in_file});
    CHECK((job.wait().out == much));
    std::vector<std::string> const words{"1", "2", "3"};
    auto const print = [](std::string const& word) {
        return cmd(child("print"), word) > capture;
    };
    for (auto const& one : words | std::views::transform(print)
                               | parallel({.run = {.capture_in = in_file}}))
        CHECK(one.result.out.size() == 1);
}

TEST_CASE("a command that writes to a memory file sees a file",
          "[language][memory_file]")
{
    NoLeaks const no_leaks;
    auto const kind = sh("if [ -f /dev/fd/1 ]; then echo file; "
                         "else echo another; fi");
    CHECK(read(kind, {.capture_in = in_file}) == "file");
    CHECK(read(kind) == "another");
    auto const appended = sh("echo one; echo two >>/dev/stdout; echo three");
    CHECK(read(appended, {.capture_in = in_file}) == "one\ntwo\nthree");
}

TEST_CASE("the plan says which captures are in memory files",
          "[language][memory_file]")
{
    std::string const in_memory = "capture 0 in a memory file";
    RunOptions const options{.capture_in = in_file};
    auto const plan = [&](Expression const& e) {
        return to_string(lower(e, options));
    };
    CHECK(plan(copy() > capture).find(in_memory) != std::string::npos);
    CHECK(to_string(lower(copy() > capture)).find("memory")
          == std::string::npos);
    // Only C++ code writes this one, and a terminal stays one.
    auto const code = copy() | stage(std::views::take(1));
    CHECK(plan(code | capture).find("memory") == std::string::npos);
    auto const typed = lower(copy().pty(Pty{}),
                             {.capture_output = true, .capture_in = in_file});
    CHECK(to_string(typed).find("memory") == std::string::npos);
}

TEST_CASE("a run that must see bytes early is refused a memory file",
          "[language][memory_file]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const touch = cmd("touch", folder / "started") > capture;
    CHECK(message_of<std::invalid_argument>(
              [&] { (void)run(touch, {.capture_in = in_file, .show = true}); })
          == "show needs captures in pipes: a memory file is read at the end");
    CHECK(message_of<std::invalid_argument>([&] {
              (void)run(touch, {.capture_in = in_file, .limit = {.bytes = 9}});
          })
          == "limit needs captures in pipes: a memory file is read at the end");
    CHECK_THROWS_AS(run(touch, {.capture_in = in_file,
                                .idle_timeout = std::chrono::seconds(9)}),
                    std::invalid_argument);
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a process that is left behind neither delays nor changes a memory "
          "file",
          "[language][memory_file]")
{
    TemporaryDirectory const folder;
    auto const go = folder / "go";
    auto const told = folder / "told";
    check(cmd("mkfifo", go, told));
    std::string const much(100'000, 'x');
    auto const e =
        (sh(R"((read x <"$0"; echo late; echo $? >"$1") 2>/dev/null & cat)", go,
            told)
         < text(much))
        | capture;
    auto const done = run(e, {.capture_in = in_file});
    CHECK((done.out == much));
    CHECK(done.drained);
    std::ofstream(go) << "go\n";
    std::string status;
    std::ifstream(told) >> status; // when its write has failed
    CHECK(status != "0");
    CHECK((done.out == much));
}

TEST_CASE("a capture in a memory file so far is in the error",
          "[language][memory_file]")
{
    NoLeaks const no_leaks;
    auto job = start(
        sh("echo begun; exec sleep 60") > capture,
        {.capture_in = in_file, .timeout = std::chrono::milliseconds(500)});
    try {
        (void)job.wait();
        FAIL("it did not run for too long");
    } catch (TimeoutExpired const& error) {
        CHECK(std::string_view("begun\n").starts_with(error.out()));
    }
}

TEST_CASE("without a memory file nothing starts", "[language][memory_file]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const touch = cmd("touch", folder / "started") > capture;
    for (char const* call : {"memfd_create", "fcntl"}) {
        Faults faults;
        faults.fail_once(call, ENOMEM);
        try {
            auto const done = run(touch, {.capture_in = in_file});
            CHECK(std::string_view(call) == "fcntl"); // F_SETFL may fail
        } catch (SpawnError const& error) {
            CHECK(error.step() == SpawnStep::open);
            CHECK(std::string_view(error.what()).find("a memory file")
                  != std::string_view::npos);
            CHECK(std::filesystem::is_empty(folder.path()));
        }
    }
}

TEST_CASE("an old kernel makes memory files, too", "[language][memory_file]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_once("memfd_create", EINVAL); // it does not know noexec
    CHECK(read(cmd(child("print"), "x"), {.capture_in = in_file}) == "x");
    CHECK(faults.count("memfd_create") == 2);
}

TEST_CASE("a memory file that cannot be sealed is copied",
          "[language][memory_file]")
{
    NoLeaks const no_leaks;
    static bool is_mapped = false; // another process could change the bytes
    OtherCalls const no_seals([](posix::Calls& table) {
        table.fcntl = [](int fd, int command, long argument) {
            if (command == F_ADD_SEALS)
                return -EBUSY;
            int const result = ::fcntl(fd, command, argument);
            return result < 0 ? -errno : result;
        };
        table.mmap_file = [](int, std::size_t) -> long {
            is_mapped = true;
            return -ENODEV;
        };
    });
    auto const size = 5'000'000;
    auto const e = cmd(child("fill"), size) > capture;
    CHECK((run(e, {.capture_in = in_file}).out == std::string(size, 'o')));
    CHECK_FALSE(is_mapped);
}
