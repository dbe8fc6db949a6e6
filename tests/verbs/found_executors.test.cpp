// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Executors serve every verb; a program is data.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#if __has_include(<runnel/program.hpp>)

#include <runnel/executor.hpp>
#include <runnel/program.hpp>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

auto exclaim()
{
    return stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
}

Output captured(std::string_view text)
{
    return Output(runnel::detail::Bytes(text));
}

/// The words of all commands of a program: "a x | b".
std::string words_of(Program const& program)
{
    std::string all;
    for (auto const& command : program.commands) {
        all += all.empty() ? "" : " | ";
        for (auto const& word : command.stage->args)
            all +=
                (&word == &command.stage->args.front() ? "" : " ") + word.str();
    }
    return all;
}

/// Remembers what it was to run, and gives what it was told to give.
struct Fake : Executor {
    explicit Fake(std::string_view says = "one\ntwo\n") : out(says) {}

    std::unique_ptr<Running> start(Program program, RunOptions const&) override
    {
        ran.push_back(words_of(program));
        auto result = successful(program);
        result.out = captured(out);
        result.returncode = returncode;
        result.failed = returncode != 0;
        auto& last = result.stages.back();
        last.out = result.out;
        last.failed = result.failed;
        last.status = ExitStatus::of_code(returncode);
        result.decided_by = result.stages.size() - 1;
        return finished(std::move(program), std::move(result));
    }

    std::vector<std::string> ran;
    std::string out;
    int returncode = 0;
};

/// Counts what it hands on to this machine.
struct Counting : Executor {
    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override
    {
        ++starts;
        last = program;
        return local_executor().start(std::move(program), options);
    }

    int starts = 0;
    std::optional<Program> last;
};

/// The lines of a tagged range, with their streams.
template <class Range>
Strings tags(Range&& range)
{
    Strings all;
    for (auto const& line : range)
        all.push_back(std::to_string(line.stream) + ' ' + line.line);
    std::ranges::sort(all);
    return all;
}

/// Calls each verb once on `e`, and checks that its stdout is `out`.
template <class E>
int call_each_verb(E const& e, std::string const& out, Executor* executor)
{
    auto const all_lines = lines_of(out);
    RunOptions const options{.executor = executor};
    CHECK(read(e, options) == out.substr(0, out.find_last_not_of('\n') + 1));
    CHECK(check_output(e, options) == out);
    CHECK(run(e > capture, options).out == out);
    CHECK(check(e > capture, options).out == out);
    CHECK(call(e > capture, options) == 0);
    CHECK(check_call(e > capture, options) == 0);
    CHECK(start(e > capture, options).wait().out == out);
    CHECK(start(e > capture, {.executor = executor, .pump = Pump::caller})
              .wait()
              .out
          == out);
    auto in_hand = start(e > Stdio::pipe, options);
    CHECK(in_hand.out().read() == out);
    CHECK(in_hand.wait());
    CHECK(collect(start(e > Stdio::pipe, options).lines()) == all_lines);
    CHECK(collect(e | lines({.executor = executor})) == all_lines);
    CHECK(joined_bytes(e | chunks(3, {.executor = executor})) == out);
    Strings as_tagged;
    for (auto const& line : all_lines)
        as_tagged.push_back("1 " + line);
    std::ranges::sort(as_tagged);
    CHECK(tags(e | tagged({.executor = executor})) == as_tagged);
    return 13;
}

} // namespace

// --- a fake ------------------------------------------------------------------------

TEST_CASE("every verb is served by the executor of its options",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake;
    auto const calls =
        call_each_verb(cmd("no-such-program", "x"), fake.out, &fake);
    CHECK(fake.ran.size() == std::size_t(calls));
    for (auto const& words : fake.ran)
        CHECK(words == "no-such-program x");
}

TEST_CASE("every verb is served by the executor of the scope",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake;
    UseExecutor const scope(fake);
    auto const calls =
        call_each_verb(cmd("no-such-program", "x"), fake.out, nullptr);
    CHECK(fake.ran.size() == std::size_t(calls));
    CHECK(getoutput("no-such-program") == "one\ntwo");
    CHECK(getstatusoutput("no-such-program") == StatusOutput{0, "one\ntwo"});
    CHECK(fake.ran.size() == std::size_t(calls) + 2);
}

TEST_CASE("a fake without output gives none to any verb", "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake("");
    call_each_verb(cmd("a") | cmd("b"), "", &fake);
    CHECK(fake.ran.front() == "a | b");
}

TEST_CASE("a fake's failure is told as every failure", "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake;
    fake.returncode = 4;
    auto const e = cmd("a") | cmd("b");
    RunOptions const options{.executor = &fake};
    CHECK(run(e, options).returncode == 4);
    CHECK_FALSE(run(e, options));
    CHECK(call(e, options) == 4);
    CHECK_THROWS_AS(check(e, options), CalledProcessError);
    CHECK_THROWS_AS(check_call(e, options), CalledProcessError);
    CHECK_THROWS_AS(read(e, options), CalledProcessError);
    CHECK_THROWS_AS(check_output(e, options), CalledProcessError);
    CHECK_THROWS_AS(run(e, {.check = true, .executor = &fake}),
                    CalledProcessError);
    CHECK(start(e, options).wait().returncode == 4);
    CHECK_THROWS_AS(start(e, {.check = true, .executor = &fake}).wait(),
                    CalledProcessError);
    auto const range = e | lines({.executor = &fake});
    Strings seen;
    CHECK_THROWS_AS(
        [&] {
            for (std::string_view const line : range)
                seen.emplace_back(line);
        }(),
        CalledProcessError);
    CHECK(seen == Strings{"one", "two"});
    CHECK(range.result().returncode == 4);
    CHECK(collect(e | lines({.check = false, .executor = &fake})).size() == 2);
    CHECK_THROWS_AS(joined_bytes(e | chunks(9, {.executor = &fake})),
                    CalledProcessError);
    CHECK_THROWS_AS(tags(e | tagged({.executor = &fake})), CalledProcessError);
}

TEST_CASE("a job that a fake has ended answers every question",
          "[verbs][executor][job]")
{
    NoLeaks const no_leaks;
    Fake fake;
    for (auto const pump : {Pump::thread, Pump::caller}) {
        auto job = start((cmd("a") | cmd("b")) > capture,
                         {.executor = &fake, .pump = pump});
        CHECK(job.size() == 2);
        CHECK(job.step());
        REQUIRE(job.poll());
        CHECK(job.poll()->out == fake.out);
        CHECK(job.wait_for(0ms));
        CHECK(job.pids().size() == 2);
        CHECK(job.statuses().size() == 2);
        CHECK_NOTHROW(job.kill());
        CHECK_NOTHROW(job.tear_down());
        job.forward(SIGTERM);
        CHECK(job.wait().out == fake.out);
    }
    auto const never_asked = start(cmd("a"), {.executor = &fake});
}

TEST_CASE("text mode, time limits and C++ behind a range hold for a fake",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake("\xe4\r\n");
    CHECK(read(cmd("a"), {.encoding = "latin-1", .executor = &fake})
          == "\xc3\xa4");
    CHECK(collect(cmd("a") | lines({.encoding = "latin-1", .executor = &fake}))
          == Strings{"\xc3\xa4"});
    CHECK_THROWS_AS(read(cmd("a"), {.encoding = "utf-8", .executor = &fake}),
                    TextError);
    fake.out = "1\n22\n3\n";
    auto const is_long = [](std::string_view line) { return line.size() > 1; };
    CHECK(collect(cmd("a") | lines({.executor = &fake})
                  | std::views::filter(is_long))
          == Strings{"22"});
    for (std::string_view const line : cmd("a") | lines({.executor = &fake})) {
        CHECK(line == "1");
        break; // nothing is there to be ended
    }
    CHECK(read(cmd("a"), {.timeout = 0ms, .executor = &fake}) == "1\n22\n3");
}

TEST_CASE("what an executor throws is thrown by every verb",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    struct Refuses : Executor {
        std::unique_ptr<Running> start(Program, RunOptions const&) override
        {
            throw std::runtime_error("not today");
        }
    } refuses;
    RunOptions const options{.executor = &refuses};
    auto const e = print("x");
    auto const message = [](auto attempt) {
        return message_of<std::runtime_error>(attempt);
    };
    CHECK(message([&] { check(e, options); }) == "not today");
    CHECK(message([&] { (void)read(e, options); }) == "not today");
    CHECK(message([&] { (void)start(e, options); }) == "not today");
    CHECK(message([&] { collect(e | lines({.executor = &refuses})); })
          == "not today");
    CHECK(message([&] { joined_bytes(e | chunks(9, {.executor = &refuses})); })
          == "not today");
    CHECK(message([&] { tags(e | tagged({.executor = &refuses})); })
          == "not today");
}

// --- one that never ends by itself -----------------------------------------------------

namespace {

/// Ends only when it is told to.
struct Endless : Running {
    bool has_ended() const noexcept override { return ended; }
    void end(Teardown const&) noexcept override { ended = true; }
    void give_up(std::exception_ptr) noexcept override { ended = true; }
    void leave_output(Teardown const&) noexcept override { ended = true; }
    CompletedProcess result() override
    {
        CompletedProcess result;
        result.out = captured("so far");
        result.stages.emplace_back().args = {"endless"};
        return result;
    }
    std::string command() const override { return "endless"; }

    bool ended = false;
};

struct StartsEndless : Executor {
    std::unique_ptr<Running> start(Program, RunOptions const&) override
    {
        return std::make_unique<Endless>();
    }
};

} // namespace

TEST_CASE("time limits and stops end what another executor runs",
          "[verbs][executor][timeout][stop]")
{
    NoLeaks const no_leaks;
    StartsEndless endless;
    StopSource const stop;
    stop.request_stop();
    auto const e = cmd("a") > capture;
    try {
        (void)run(e, {.timeout = 20ms, .executor = &endless});
        FAIL("nothing was thrown");
    } catch (TimeoutExpired const& late) {
        CHECK(late.out() == "so far");
    }
    CHECK_THROWS_AS(run(e, {.stop = stop.token(), .executor = &endless}),
                    StopRequested);
    auto job = start(e, {.executor = &endless});
    CHECK_FALSE(job.wait_for(10ms));
    CHECK_FALSE(job.poll());
    job.tear_down();
    CHECK(job.wait_for(10s));
    auto const left = start(e, {.executor = &endless});
}

// --- a dry run -------------------------------------------------------------------------

TEST_CASE("a dry run serves every verb and starts nothing",
          "[verbs][executor][dry-run]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const e = sh("echo x >\"$0\"", trace);
    std::string log;
    DryRun dry(log);
    auto const calls = call_each_verb(e, "", &dry);
    CHECK(lines_of(log).size() == std::size_t(calls));
    for (auto const& line : lines_of(log))
        CHECK(line.find("echo x >") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("a dry run says what a range would run, when it would",
          "[verbs][executor][dry-run]")
{
    NoLeaks const no_leaks;
    std::string log;
    DryRun dry(log);
    auto const range = (cmd("a", "b c") | cmd("d")) | lines({.executor = &dry});
    CHECK(log == "");
    CHECK(collect(range).empty());
    CHECK(log == "a 'b c' | d\n");
    CHECK(range.result().stages.size() == 2);
    CHECK(range.result());
    log.clear();
    {
        UseExecutor const scope(dry);
        CHECK(tags((cmd("a") && cmd("b")) | tagged).empty());
        auto job = start(cmd("c") > "/no/such/folder/f");
        CHECK(job.wait());
    }
    CHECK(log == "a && b\nc > /no/such/folder/f\n");
}

TEST_CASE("a dry run refuses what a run refuses", "[verbs][executor][dry-run]")
{
    NoLeaks const no_leaks;
    std::string log;
    DryRun dry(log);
    RunOptions const options{.executor = &dry};
    CHECK_THROWS_AS(run(cmd("a") < Stdio::pipe, options),
                    std::invalid_argument);
    CHECK_THROWS_AS(read(cmd("a") > devnull, options), std::invalid_argument);
    CHECK_THROWS_AS(run(cmd("a") < devnull, {.input = "x", .executor = &dry}),
                    std::invalid_argument);
    CHECK_THROWS_AS(
        run(cmd("a"), {.teardown = {{.signal = 99}}, .executor = &dry}),
        std::invalid_argument);
    CHECK(log == "");
}

// --- the scope -------------------------------------------------------------------------

TEST_CASE("scopes of executors nest, and end with an exception too",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake outer("outer\n");
    Fake inner("inner\n");
    Fake named("named\n");
    auto const says = [] { return read(print("real\n")); };
    CHECK(says() == "real");
    {
        UseExecutor const scope(outer);
        CHECK(says() == "outer");
        {
            UseExecutor const nested(inner);
            CHECK(says() == "inner");
            CHECK(read(print("x"), {.executor = &named}) == "named");
            CHECK(says() == "inner");
        }
        CHECK(says() == "outer");
        try {
            UseExecutor const nested(inner);
            throw 1;
        } catch (int) {
        }
        CHECK(says() == "outer");
    }
    CHECK(says() == "real");
}

TEST_CASE("a scope holds for its own thread only", "[verbs][executor][threads]")
{
    NoLeaks const no_leaks;
    Fake fake("fake\n");
    UseExecutor const scope(fake);
    std::string elsewhere;
    std::thread([&] { elsewhere = read(print("real\n")); }).join();
    CHECK(elsewhere == "real");
    CHECK(read(print("real\n")) == "fake");
}

TEST_CASE("a scope holds for C++ that runs inside of a pipeline",
          "[verbs][executor][threads]")
{
    NoLeaks const no_leaks;
    Fake fake("fake\n");
    Counting here;
    auto const asks = stage(std::views::transform(
        [](std::string_view) { return read(cmd("no-such-program")); }));
    {
        UseExecutor const scope(fake);
        // This machine runs the pipeline, the fake what C++ in it asks for.
        auto const done =
            run(print("x\n") | asks | copy() | capture, {.executor = &here});
        CHECK(done.out == "fake\n");
        CHECK(collect(print("x\n") | asks | copy() | lines({.executor = &here}))
              == Strings{"fake"});
        auto job =
            start(print("x\n") | asks | copy() | capture, {.executor = &here});
        CHECK(job.wait().out == "fake\n");
        CHECK(read(cmd("no-such-program") | lines
                       | std::views::transform(
                           [](std::string_view line) { return line; })
                       | copy(),
                   {.executor = &here})
              == "fake");
    }
    CHECK(here.starts == 4);
    CHECK(fake.ran.size() == 4);
}

TEST_CASE("an executor that gives nothing is told so", "[verbs][executor]")
{
    NoLeaks const no_leaks;
    struct Empty : Executor {
        std::unique_ptr<Running> start(Program, RunOptions const&) override
        {
            return nullptr;
        }
    } empty;
    UseExecutor const scope(empty);
    CHECK_THROWS_AS(run(cmd("x")), std::logic_error);
    CHECK_THROWS_AS(start(cmd("x")), std::logic_error);
    CHECK_THROWS_AS(collect(cmd("x") | lines), std::logic_error);
    CHECK_THROWS_AS(tags(cmd("x") | tagged), std::logic_error);
}

TEST_CASE("a fake may let any stage fail", "[verbs][executor]")
{
    NoLeaks const no_leaks;
    struct Failing : Executor {
        std::unique_ptr<Running> start(Program program,
                                       RunOptions const&) override
        {
            auto result = failed(program, code, stage);
            return finished(std::move(program), std::move(result));
        }
        int code = 3;
        std::size_t stage = no_index;
    } fake;
    UseExecutor const scope(fake);
    auto const last = run(cmd("a") | cmd("b"));
    CHECK(last.returncode == 3);
    CHECK(last.decided_by == 1);
    CHECK(last.stages[1].status == ExitStatus::of_code(3));
    CHECK(last.stages[1].failed);
    CHECK_FALSE(last.stages[0].failed);
    fake.code = -9;
    fake.stage = 0;
    auto const first = run(cmd("a") | cmd("b"));
    CHECK(first.returncode == -9);
    CHECK(first.decided_by == 0);
    CHECK(first.stages[0].status == ExitStatus::of_signal(9));
    CHECK_THROWS_WITH(check(cmd("a") | cmd("b")),
                      Catch::Contains("\"a\" was killed by SIGKILL"));
    fake.code = 0;
    CHECK_THROWS_AS(run(cmd("a")), std::invalid_argument);
}

TEST_CASE("a fake fills the strings of to(string)", "[verbs][executor]")
{
    NoLeaks const no_leaks;
    struct Saying : Executor {
        std::unique_ptr<Running> start(Program program,
                                       RunOptions const&) override
        {
            auto result = successful(program);
            result.stages[0].out = Output(says);
            return finished(std::move(program), std::move(result));
        }
        std::string says = "said";
    } fake;
    std::string text = "old";
    auto const done = run(cmd("a") > to(text), {.executor = &fake});
    CHECK(text == "said");
    CHECK_FALSE(done.stages[0].out.captured());
    std::string log;
    DryRun dry(log);
    CHECK(run(cmd("a") > to(text), {.executor = &dry}));
    CHECK(text.empty());
}

TEST_CASE("what a fake gives as stdout of the whole is tagged, too",
          "[verbs][executor][tagged]")
{
    NoLeaks const no_leaks;
    struct Saying : Executor {
        std::unique_ptr<Running> start(Program program,
                                       RunOptions const&) override
        {
            auto result = successful(program);
            result.out = Output("a\nb\n");
            return finished(std::move(program), std::move(result));
        }
    } fake;
    CHECK(tags(cmd("x") | cmd("y") | tagged({.executor = &fake}))
          == Strings{"1 a", "1 b"});
}

TEST_CASE("a range belongs to the scope in which it begins",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake;
    auto const range = print("real\n") | lines;
    LineRange begun;
    {
        UseExecutor const scope(fake);
        begun = cmd("no-such-program") | lines;
        CHECK(*begun.begin() == "one");
    }
    CHECK(collect(begun) == Strings{"one", "two"});
    CHECK(collect(range) == Strings{"real"});
}

TEST_CASE("a local executor in a scope ends what the outer scope says",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Fake fake("fake\n");
    UseExecutor const scope(fake);
    CHECK(read(print("real\n"), {.executor = &local_executor()}) == "real");
    UseExecutor const nested(local_executor());
    CHECK(read(print("real\n")) == "real");
    CHECK(fake.ran.empty());
}

// --- around this machine ------------------------------------------------------------------

TEST_CASE("an executor may hand on to this machine, for every verb",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Counting counting;
    auto const e = print("a\nb\n") | copy();
    CHECK(counting.starts == 0);
    auto calls = call_each_verb(e, "a\nb\n", &counting);
    CHECK(counting.starts == calls);
    UseExecutor const scope(counting);
    calls += call_each_verb(e, "a\nb\n", nullptr);
    CHECK(counting.starts == calls);
}

TEST_CASE("what a run can do it can do through an executor around it",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    Counting counting;
    UseExecutor const scope(counting);
    CHECK(read(copy(), {.input = "in"}) == "in");
    CHECK(read(copy() < text("text")) == "text");
    CHECK(read(seq(print("a"), print("b")) | copy()) == "ab");
    CHECK(read(cmd("cat", from(print("word")))) == "word");
    CHECK(read(print("a\n") | exclaim() | copy()) == "a!");
    CHECK(read(Strings{"w"} | copy()) == "w");
    CHECK(collect(print("a\nb\n") | exclaim() | lines) == Strings{"a!", "b!"});
    CHECK(collect(print("a\nb\n") | first(1) | lines) == Strings{"a"});
    std::string kept;
    check((print("a\n") | tee(to(kept), copy() > directory / "f")) > devnull);
    CHECK(kept == "a\n");
    CHECK(read_file(directory / "f") == "a\n");
    auto const done =
        run(sh("echo o; echo e >&2; exit 3"), {.capture_output = true});
    CHECK(done.out == "o\n");
    CHECK(done.err == "e\n");
    CHECK(done.returncode == 3);
    CHECK_THROWS_AS(
        run(cmd(child("sleep_until_killed")) > devnull, {.timeout = 20ms}),
        TimeoutExpired);
    CHECK_THROWS_AS(run(cmd("no-such-program")), SpawnError);
    CHECK(counting.starts == 12);
}

TEST_CASE("a job through an executor around this machine is driven as any",
          "[verbs][executor][job]")
{
    NoLeaks const no_leaks;
    Counting counting;
    for (auto const pump : {Pump::thread, Pump::caller}) {
        RunOptions const options{.executor = &counting, .pump = pump};
        auto talk = start((copy() < Stdio::pipe) > Stdio::pipe, options);
        talk.in().write("line\n");
        talk.in().flush();
        CHECK(talk.out().readline() == "line\n");
        CHECK(talk.pids()[0] > 0);
        CHECK_FALSE(talk.poll());
        talk.in().close();
        CHECK(talk.wait());
        CHECK(talk.statuses()[0] == ExitStatus::of_code(0));
        auto killed =
            start(cmd(child("sleep_until_killed")) > capture, options);
        killed.kill();
        CHECK(killed.wait().returncode == -SIGKILL);
        auto const left = start(cmd(child("write_forever")) > devnull, options);
    }
    CHECK(counting.starts == 6);
}

TEST_CASE("leaving a range through an executor leaves nothing behind",
          "[verbs][executor][lines]")
{
    NoLeaks const no_leaks;
    Counting counting;
    for (std::string_view const line :
         cmd(child("write_forever")) | lines({.executor = &counting})) {
        CHECK(line == "y");
        break;
    }
    for (auto const& line :
         cmd(child("write_forever")) | tagged({.executor = &counting})) {
        CHECK(line.line == "y");
        break;
    }
    CHECK(counting.starts == 2);
    CHECK(no_leaks.left_behind() == "");
}

// --- programs ---------------------------------------------------------------------------

TEST_CASE("a program is data", "[verbs][program]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("a", "x y") | (cmd("b") > capture);
    auto const program = lower(e);
    REQUIRE(program.commands.size() == 2);
    CHECK(program.commands[0].stage->argv() == Strings{"a", "x y"});
    CHECK(program.commands[1].stage->argv() == Strings{"b"});
    CHECK(program.captures.size() == 1);
    CHECK(program.text == to_string(e));
    auto const printed = to_string(program);
    CHECK(printed.find("x y") != std::string::npos);
    auto const copied = program;
    CHECK(copied == program);
    CHECK(to_string(copied) == printed);
}

TEST_CASE("programs are equal if they do the same", "[verbs][program]")
{
    auto const a = cmd("a");
    auto const b = cmd("b");
    CHECK(lower(a | b) == lower(a | b));
    CHECK(lower((a | b) > capture) == lower((a | b) | capture));
    std::vector<Program> const all = {
        lower(a),
        lower(b),
        lower(cmd("a", "b")),
        lower(a | b),
        lower(b | a),
        lower(a && b),
        lower(a || b),
        lower(seq(a, b)),
        lower(!a),
        lower(a > capture),
        lower(a > err(capture)),
        lower(a > "f"),
        lower(a > "g"),
        lower(a > append("f")),
        lower(a < "f"),
        lower(a < text("f")),
        lower(a < text("g")),
        lower(a > devnull),
        lower(a > err_to_out),
        lower(a | tee("f") | b),
        lower(a | tee(b)),
        lower(cmd("a", from(b))),
        lower(a.cwd("/")),
        lower(a.env("A", "1")),
        lower(a.env("A", "2")),
        lower(a.timeout(1s)),
        lower(a.accept({0, 1})),
        lower(a.unchecked()),
        lower(a.with({.umask = 022})),
        lower(a, {.capture_output = true}),
    };
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < all.size(); ++j) {
            CAPTURE(i, j);
            CHECK((all[i] == all[j]) == (i == j));
        }
}

TEST_CASE("lowering opens and starts nothing, and says what is wrong",
          "[verbs][program]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    CHECK(lower(cmd("no-such-program") > file).commands.size() == 1);
    CHECK(lower(cmd("a") < "/no/such/file").commands.size() == 1);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK_THROWS_AS(lower(cmd("a") < devnull, {.input = "x"}),
                    std::invalid_argument);
    CHECK_THROWS_AS(lower(cmd("a") > devnull, {.capture_output = true}),
                    std::invalid_argument);
}

TEST_CASE("a program that was recorded can be run", "[verbs][program]")
{
    NoLeaks const no_leaks;
    Counting recording;
    auto const e = (print("a\n") | tee(capture) | copy()) && print("b\n");
    CHECK(read(e, {.executor = &recording}) == "a\nb");
    REQUIRE(recording.last);
    /// Runs the program that it has, whatever it is asked to run.
    struct Replays : Executor {
        std::unique_ptr<Running> start(Program,
                                       RunOptions const& options) override
        {
            return local_executor().start(program, options);
        }
        Program program;
    } replays;
    replays.program = *recording.last;
    for (int i = 0; i < 3; ++i)
        CHECK(read(cmd("no-such-program"), {.executor = &replays}) == "a\nb");
}

#endif
