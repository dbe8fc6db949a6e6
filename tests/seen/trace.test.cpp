// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What `Trace` writes, checked by an independent reader of the format.
#include "seen/json.hpp"
#include "seen/support.hpp"
#include "seen/trace_writer.hpp"
#include "support/leaks.hpp"

#include <runnel/scripted.hpp>
#include <runnel/trace.hpp>

#include <catch2/catch.hpp>

#include <ranges>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

/// What a reader of the trace of one run sees, with short names of programs.
template <class E>
std::string seen(E const& e, RunOptions options = {})
{
    std::string text;
    {
        Trace trace(text);
        options.observer = &trace;
        try {
            static_cast<void>(run(e, options));
        } catch (std::exception const&) { // seen in the trace
        }
    }
    auto shown = checked_trace_text(text);
    auto const folder = child("");
    for (auto at = shown.find(folder); at != shown.npos;
         at = shown.find(folder))
        shown.erase(at, folder.size());
    return shown;
}

} // namespace

TEST_CASE("a trace has a row for each stage, with its start and its run",
          "[seen][trace]")
{
    NoLeaks const no_leaks;
    auto const shown = seen(cmd(child("print"), "abc") | copy() | capture);
    CHECK(has(shown, "print abc | copy\n"));
    CHECK(has(shown, "\n  print abc: start, print abc\n"));
    CHECK(has(shown, "\n  copy: start, copy\n"));
}

TEST_CASE("a trace says what the run waits for", "[seen][trace]")
{
    NoLeaks const no_leaks;
    auto const shown =
        seen(cmd(child("exit_with"), 1) || cmd(child("exit_with"), 0));
    CHECK(has(shown, "exit_with 1 || exit_with 0, start, wait for exit_with "
                     "1, finish, start, wait for exit_with 0, finish\n"));
}

TEST_CASE("a trace shows an arrow along each pipe", "[seen][trace]")
{
    NoLeaks const no_leaks;
    auto const shown = seen(cmd(child("print"), "abc") | tee(capture) | first(1)
                            | copy() | capture);
    CHECK(has(shown, "\nprint abc -> tee\n"));
    CHECK(has(shown, "\ntee -> first(1)\n"));
    CHECK(has(shown, "\nfirst(1) -> copy\n"));
}

TEST_CASE("a trace shows what together joins", "[seen][trace][together]")
{
    NoLeaks const no_leaks;
    auto const shown =
        seen(((together(cmd(child("print"), "abc"), copy()) | copy())
              < text("12345"))
             > devnull);
    CHECK(has(shown, "\nprint abc -> join\n"));
    CHECK(has(shown, "\ncopy -> join\n"));
    CHECK(has(shown, "\njoin -> copy\n"));
    CHECK(has(shown, "\nprint abc -> join: 3 bytes\n"));
    CHECK(has(shown, "\njoin -> copy: 9 bytes\n")); // and a newline
}

TEST_CASE("a trace counts the bytes of pipes that pass through this process",
          "[seen][trace]")
{
    NoLeaks const no_leaks;
    auto const shown = seen((copy() < text("12345")) | tee(capture)
                            | stage(std::views::take(1)) | copy() | capture);
    CHECK(has(shown, "\ntext -> copy: 5 bytes\n"));
    CHECK(has(shown, "\ncopy -> tee: 5 bytes\n"));
    CHECK(has(shown, "\ntee -> stage: 5 bytes\n"));
    CHECK(has(shown, "\nstage -> copy: 6 bytes\n")); // and a newline
    CHECK(has(shown, "\ncopy -> capture: 6 bytes\n"));
}

TEST_CASE("each pipe of a trace has a counter of its own",
          "[seen][trace][guard]")
{
    NoLeaks const no_leaks;
    auto const streams =
        seen(cmd(child("copy_both")) < text("12345"), {.capture_output = true});
    CHECK(has(streams, "\ncopy_both -> capture: "));
    CHECK(has(streams, "\ncopy_both, stderr -> capture: "));
    auto const e = seq(copy() < text("123"), copy() < text("12345")) | capture;
    auto const lists = seen(e);
    CHECK(has(lists, "\ntext -> copy: 3 bytes\n"));
    CHECK(has(lists, "\ntext -> copy (2): 5 bytes\n"));
}

TEST_CASE("a trace has no counter for a pipe between two commands",
          "[seen][trace]")
{
    NoLeaks const no_leaks;
    auto const shown = seen(cmd(child("print"), "abc") | copy() | capture);
    CHECK_FALSE(has(shown, "print abc -> copy: "));
}

TEST_CASE("a trace of a run that fails is whole", "[seen][trace]")
{
    NoLeaks const no_leaks;
    CHECK(has(seen(copy() | cmd("no-such-program")), "no-such-program: start"));
    CHECK(has(seen(cmd(child("print"), "x") > "/no/such/file"), "print x"));
    CHECK(has(seen((cmd(child("sleep_until_killed")) | copy()) > devnull,
                   {.timeout = 20ms}),
              "sleep_until_killed: start, sleep_until_killed\n"));
    CHECK(has(seen(std::views::iota(0, 3) | std::views::transform([](int i) {
                       return i < 2 ? i : throw std::runtime_error("no");
                   })
                   | (copy() > devnull)),
              "\n  range: range\n"));
}

TEST_CASE("the rows of a trace end with the run, also of a forbidden command",
          "[seen][trace][guard]")
{
    struct Veto final : Observer {
        explicit Veto(Trace& to) : trace(to) {}
        void began(Began const& e) noexcept override { trace.began(e); }
        void starting(Starting const& e) override
        {
            trace.starting(e);
            throw std::runtime_error("forbidden");
        }
        void ended(Ended const& e) noexcept override { trace.ended(e); }
        Trace& trace;
    };
    NoLeaks const no_leaks;
    std::string text;
    {
        Trace trace(text);
        Veto veto(trace);
        CHECK_THROWS(run(copy(), {.observer = &veto}));
    }
    CHECK(has(checked_trace_text(text), "copy: start\n"));
}

TEST_CASE("a trace shows commands that code stands in for", "[seen][trace]")
{
    NoLeaks const no_leaks;
    Scripted script;
    script.on("dmesg").out("hda\n");
    CHECK(has(seen(cmd("dmesg") | capture, {.executor = &script}),
              "\n  dmesg: start, dmesg\n"));
}

TEST_CASE("a trace shows each Popen as a row", "[seen][trace][popen]")
{
    NoLeaks const no_leaks;
    std::string text;
    {
        Trace trace(text);
        Popen child({test::child("exit_with"), "4"}, {.observer = &trace});
        CHECK(child.wait() == 4);
    }
    CHECK(has(checked_trace_text(text), "exit_with 4: "));
}

TEST_CASE("one trace takes the runs of several threads", "[seen][trace]")
{
    NoLeaks const no_leaks;
    std::string text;
    {
        Trace trace(text);
        auto const e = cmd(child("print"), "x") | copy() | capture;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back(
                [&] { static_cast<void>(run(e, {.observer = &trace})); });
        for (auto& thread : threads)
            thread.join();
    }
    CHECK(count_of(checked_trace_text(text), "start, wait for ") == 4);
}

TEST_CASE("a trace masks secrets", "[seen][trace][secrets][guard]")
{
    NoLeaks const no_leaks;
    std::string text;
    {
        Trace trace(text);
        auto const e = (cmd(child("copy"), "--key=" + secret("hush"))
                        < runnel::text("p" + secret("hush")))
                     | stage(std::views::take(1)) | copy() | capture;
        CHECK(run(e, {.observer = &trace}));
        CHECK_THROWS(
            run(cmd("no-such-program", secret("hush")), {.observer = &trace}));
        Popen child({test::child("exit_with"), "0" + secret("hush")},
                    {.observer = &trace});
        static_cast<void>(child.wait());
    }
    CHECK_FALSE(has(text, "hush"));
    CHECK(has(text, "--key=***"));
}

TEST_CASE("words of any bytes are escaped in a trace", "[seen][trace][guard]")
{
    NoLeaks const no_leaks;
    auto const strange =
        std::string("\"\\ \n\x01\x1f\x7f \xff\xc3 \xe2\x82\xac");
    auto const shown = seen(cmd(child("print_args"), strange) | capture);
    CHECK(has(shown, "print_args '\"\\ \n\x01\x1f\x7f \xef\xbf\xbd\xef"
                     "\xbf\xbd \xe2\x82\xac'"));
}

TEST_CASE("text in JSON is quoted, and invalid bytes are replaced",
          "[seen][trace]")
{
    CHECK(json("plain") == R"("plain")");
    CHECK(json("\"\\\n\x7f") == R"("\"\\\u000a\u007f")");
    CHECK(json("a\xff"
               "b\xe2\x82")
          == R"("a\ufffdb\ufffd")");
    CHECK(json(std::string_view("\0", 1)) == R"("\u0000")");
}

TEST_CASE("a trace writes to a file, each event at once", "[seen][trace]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    {
        Trace trace(file);
        CHECK(run(cmd(child("exit_with"), 0), {.observer = &trace}));
        CHECK(has(checked_trace(file, false), "exit_with 0"));
    }
    CHECK(has(checked_trace(file), "exit_with 0"));
    CHECK_THROWS_AS(Trace(folder / "no/such/t.json"), std::system_error);
}

TEST_CASE("a trace that cannot be written any more disturbs nothing",
          "[seen][trace]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("seen_driver"), "once", child("exit_with"))
                       .env("RUNNEL_TRACE", "/dev/full")
                 > err(capture);
    auto const done = run(e);
    CHECK(done);
    CHECK(count_of(done.err, "cannot write the trace \"/dev/full\"") == 1);
}

TEST_CASE("a fork does not wait for the lock of a trace that it copied",
          "[seen][trace][guard]")
{
    NoLeaks const no_leaks;
    std::string events;
    detail::TraceWriter writer{TraceFile(events)};
    int status = -1;
    writer.with([&] { // the lock is held
        auto const pid = ::fork();
        if (pid == 0) {
            ::alarm(5);
            writer.with([] {});
            ::_exit(0);
        }
        ::waitpid(pid, &status, 0);
    });
    CHECK(status == 0);
}
