// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Fakes for the tests of users: scripted answers in place of programs.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/recording.hpp>
#include <runnel/runnel.hpp>
#include <runnel/scripted.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Strings = std::vector<std::string>;

/// An upper bound on a wait that a signal or a limit ends.
constexpr auto an_hour = 1h;

std::string message_of(auto&& act)
{
    try {
        act();
    } catch (UnexpectedCommand const& error) {
        return error.what();
    }
    return "nothing was thrown";
}

} // namespace

// --- answers -------------------------------------------------------------------------

TEST_CASE("a scripted command gives its answer to every verb",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("list").out("a\nb\n").err("e\n");
    UseExecutor const scope(fake);
    auto const e = cmd("list");
    CHECK(run(e > both(devnull)));
    CHECK(check(e > both(capture)).out == "a\nb\ne\n");
    CHECK(read(e > err(devnull)) == "a\nb");
    CHECK(run(e, {.capture_output = true}).err == "e\n");
    CHECK(collect((e > err(devnull)) | lines) == Strings{"a", "b"});
    CHECK(collect(stderr_of(e > devnull) | lines) == Strings{"e"});
    std::string bytes;
    for (auto const& chunk : (e > err(devnull)) | chunks(2))
        bytes += chunk.text();
    CHECK(bytes == "a\nb\n");
    std::size_t tagged_lines = 0;
    for ([[maybe_unused]] auto const& line : e | tagged)
        ++tagged_lines;
    CHECK(tagged_lines == 3);
    auto job = start(e > both(capture));
    CHECK(job.wait().out == "a\nb\ne\n");
    CHECK(retry(e > both(devnull), 3));
    std::vector<Job> jobs;
    for (int i = 0; i < 2; ++i)
        jobs.push_back(start(e > both(capture)));
    for (auto const& [index, ended] : as_they_end(jobs))
        CHECK(ended.wait().out == "a\nb\ne\n");
    std::vector<Pipeline> const many(5, e > both(capture));
    std::size_t finished_ones = 0;
    for (auto const& done : many | parallel(2)) {
        CHECK(done.result.out == "a\nb\ne\n");
        ++finished_ones;
    }
    CHECK(finished_ones == 5);
    CHECK(fake.problems() == "");
    CHECK(fake.calls().size() == 17);
}

TEST_CASE("a scripted status is that of a command", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("fails").exits(3);
    fake.on("dies").dies_of(SIGSEGV);
    fake.on("works");
    UseExecutor const scope(fake);
    CHECK(run(cmd("fails")).returncode == 3);
    CHECK(run(cmd("dies")).stages[0].status == ExitStatus::of_signal(SIGSEGV));
    CHECK_THROWS_AS(check(cmd("fails")), CalledProcessError);
    CHECK(run(cmd("fails").accept({0, 3})));
    CHECK(run(cmd("fails") || cmd("works")));
    CHECK(run(cmd("fails") && cmd("works")).stages[1].pid == -1);
    CHECK(run(!cmd("fails")));
    CHECK(run(cmd("fails") | cmd("works")).decided_by == 0);
    CHECK(retry(cmd("fails"), 2, {}).returncode == 3);
    auto const commands = fake.commands();
    CHECK(std::ranges::count(commands, "works") == 2);
}

TEST_CASE("a scripted program may be missing", "[verbs][scripted][guard]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("missing").cannot_start();
    fake.on("forbidden").cannot_start(std::errc::permission_denied);
    fake.on("works").out("w");
    UseExecutor const scope(fake);
    try {
        check(cmd("works") | cmd("missing"));
        FAIL();
    } catch (SpawnError const& error) {
        CHECK(error.code() == std::errc::no_such_file_or_directory);
        CHECK(error.step() == SpawnStep::exec);
        CHECK(error.stage() == 2);
        CHECK(error.stages() == 2);
        CHECK(error.program() == "missing");
    }
    CHECK_THROWS_AS(run(cmd("forbidden")), SpawnError);
    auto const done = run((cmd("missing") || cmd("works")) > capture);
    CHECK(done.out == "w");
    CHECK(done.stages[0].status == ExitStatus::of_code(127));
    CHECK(run(cmd("forbidden") || cmd("works") > devnull).stages[0].status
          == ExitStatus::of_code(126));
}

TEST_CASE("a scripted command has an id that no process has",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("a").hangs();
    auto job = start(cmd("a"), {.executor = &fake});
    CHECK(job.pids()[0] > 4'194'304);
    CHECK(::kill(job.pids()[0], 0) == -1);
    job.kill();
    auto const done = job.wait();
    CHECK(done.stages[0].was_started());
    CHECK(done.returncode == -SIGKILL);
}

TEST_CASE(
    "a scripted command ends by signals and time limits, unless it has ended",
    "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("slow").out("begun\n").takes(an_hour);
    fake.on("hangs").hangs();
    UseExecutor const scope(fake);
    for (int const signal : {SIGTERM, SIGINT, SIGKILL}) {
        auto job = start(cmd("slow") > capture);
        job.send_signal(signal);
        CHECK(job.wait().returncode == -signal);
    }
    auto harmless = start(cmd("hangs"));
    harmless.send_signal(SIGCONT);
    CHECK_FALSE(harmless.poll());
    harmless.terminate();
    CHECK(harmless.wait().returncode == -SIGTERM);
    try {
        check(cmd("slow") > capture, {.timeout = 50ms});
        FAIL();
    } catch (TimeoutExpired const& late) {
        CHECK(late.result().stages[0].ended_early);
    }
    auto const limited =
        run(cmd("hangs").timeout(10ms) || cmd("hangs").timeout(10ms));
    CHECK(limited.stages[1].timed_out);
    StopSource stop;
    stop.request_stop();
    CHECK_THROWS_AS(run(cmd("hangs"), {.stop = stop.token()}), StopRequested);
    {
        auto const left = start(cmd("hangs"));
    }
    CHECK_THROWS_AS(start(cmd("hangs")).detach(), std::logic_error);
}

TEST_CASE("code can play a command: it reads, writes and ends as one",
          "[verbs][scripted][stand-in]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("upper", any_words).runs([](Role& role) {
        for (std::string_view const line : role.lines()) {
            std::string text(line);
            for (char& c : text)
                c = static_cast<char>(c - 'a' + 'A');
            role.out(text + '\n');
        }
        role.err(role.args().back() + role.env("COLOUR").value_or("?"));
        return 4;
    });
    fake.on("quiet").runs([](Role&) {});
    fake.on("signalled").runs([](Role&) { return ExitStatus::of_signal(6); });
    UseExecutor const scope(fake);
    auto const done =
        run(cmd("upper", "word").env("COLOUR", "red") > both(capture),
            {.input = "a\nb\n"});
    CHECK(done.out == "A\nB\nwordred");
    CHECK(done.returncode == 4);
    CHECK(run(cmd("quiet")));
    CHECK(run(cmd("signalled")).returncode == -6);
}

TEST_CASE("what the code of a fake throws ends the run and reaches the caller",
          "[verbs][scripted][stand-in][guard]")
{
    NoLeaks const no_leaks;
    struct Broken {};
    Scripted fake;
    fake.on("breaks").runs([](Role&) -> int { throw Broken(); });
    fake.on("hangs").hangs().maybe();
    fake.on("never").maybe();
    UseExecutor const scope(fake);
    CHECK_THROWS_AS(run(cmd("breaks")), Broken);
    CHECK_THROWS_AS(run(cmd("hangs") | cmd("breaks")), Broken);
    CHECK_THROWS_AS(run(cmd("breaks") || cmd("never")), Broken);
    CHECK_THROWS_AS(collect(cmd("breaks") | lines), Broken);
    auto job = start(cmd("breaks") | cmd("hangs"));
    CHECK_THROWS_AS(job.wait(), Broken);
    CHECK(std::ranges::count(fake.commands(), "never") == 0);
}

TEST_CASE("a fake may run commands, of which the same script is asked",
          "[verbs][scripted][stand-in]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("outer").runs([](Role& role) { role.out(read(cmd("inner"))); });
    fake.on("inner").out("from within");
    UseExecutor const scope(fake);
    CHECK(read(cmd("outer")) == "from within");
    CHECK(fake.commands() == Strings{"outer", "inner"});
}

// --- what is around them ---------------------------------------------------------------

TEST_CASE("C++ around a scripted command really runs", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    Scripted fake;
    fake.on("sort").input("b\na\n").out("a\nb\n");
    fake.on("print").out("x\ny\n");
    fake.on("use").input("x!\ny!\n").out("used\n");
    fake.on("diff", any_words).runs([](Role& role) {
        role.out(role.read(std::stoi(role.args()[1].substr(8))) + '|'
                 + role.read(std::stoi(role.args()[2].substr(8))));
    });
    UseExecutor const scope(fake);
    auto const exclaim = stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
    CHECK(collect(Strings{"b", "a"} | cmd("sort") | lines)
          == Strings{"a", "b"});
    CHECK(read(cmd("print") | exclaim | cmd("use")) == "used");
    CHECK(read(cmd("print") | exclaim) == "x!\ny!");
    std::string copy;
    check((cmd("print") | tee(to(copy), folder / "copy") | exclaim | cmd("use"))
          > folder / "out");
    CHECK(copy == "x\ny\n");
    CHECK(read_file(folder / "copy") == "x\ny\n");
    CHECK(read_file(folder / "out") == "used\n");
    write_file(folder / "in", "b\na\n");
    CHECK(read(cmd("sort") < folder / "in") == "a\nb");
    CHECK(read(cmd("sort"), {.input = "b\na\n"}) == "a\nb");
    CHECK(read(cmd("diff", from(cmd("print")), from(cmd("print"))))
          == "x\ny\n|x\ny");
    CHECK(collect(cmd("print") | first(1) | lines) == Strings{"x"});
    CHECK(fake.problems() == "");
}

TEST_CASE("real and scripted commands stand in one pipeline",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("fake", any_words).input("real\n").out("faked\n");
    fake.on(child("print"), any_words).is_real();
    fake.otherwise(local_executor());
    UseExecutor const scope(fake);
    auto const done = run(cmd(child("print"), "real\n") | cmd("fake", 1)
                          | (cmd(child("copy")) > capture));
    CHECK(done.out == "faked\n");
    CHECK(done.stages[0].pid < 4'194'304);
    CHECK(fake.calls().size() == 3);
    CHECK(fake.problems() == "");
}

TEST_CASE("big outputs pass through scripted commands",
          "[verbs][scripted][volume]")
{
    NoLeaks const no_leaks;
    std::string const big(3'000'000, 'x');
    Scripted fake;
    fake.on("big").out(big);
    fake.on("pass").runs([](Role& role) { role.out(role.read()); });
    UseExecutor const scope(fake);
    CHECK(run((cmd("big") | cmd("pass") | cmd("pass")) > capture).out == big);
    CHECK(run((cmd("pass") | cmd(child("copy"))) > capture,
              {.input = big,
               .executor =
                   [] {
                       static Scripted other;
                       other.on("pass").runs(
                           [](Role& role) { role.out(role.read()); });
                       other.otherwise(local_executor());
                       return &other;
                   }()})
              .out
          == big);
}

TEST_CASE("SIGPIPE ends a scripted command whose reader has left",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("big").out(std::string(3'000'000, 'x'));
    fake.on("leaves").reads_nothing();
    fake.on("endless").runs([](Role& role) {
        for (;;)
            role.out("y\n");
    });
    UseExecutor const scope(fake);
    auto const done = run(cmd("big") | cmd("leaves"));
    CHECK(done.stages[0].status == ExitStatus::of_signal(SIGPIPE));
    CHECK(done.stages[0].forgiven);
    CHECK(done);
    CHECK(collect(cmd("endless") | first(2) | lines) == Strings{"y", "y"});
    for (std::string_view const line : cmd("endless") | lines) {
        CHECK(line == "y");
        break;
    }
    CHECK(run(std::views::iota(0) | cmd("leaves")));
}

TEST_CASE("a job talks with a scripted command", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("echo").runs([](Role& role) {
        for (std::string_view const line : role.lines())
            role.out("> " + std::string(line) + '\n');
    });
    for (auto const pump : {Pump::thread, Pump::caller}) {
        auto job = start((cmd("echo") < Stdio::pipe) > Stdio::pipe,
                         {.executor = &fake, .pump = pump});
        job.in().write("hello\n");
        CHECK(job.out().readline() == "> hello\n");
        job.in().close();
        CHECK(job.wait());
    }
}

TEST_CASE("a scripted command stands on a terminal", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("ask").out("name: ");
    CHECK(read(cmd("ask").pty(), {.executor = &fake}) == "name: ");
}

TEST_CASE("an observer is told of scripted commands as of others",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    struct Log : Observer {
        void starting(Starting const& e) override
        {
            text += "starting " + e.child.args[0] + '\n';
        }
        void started(Started const&) noexcept override { text += "started\n"; }
        void refused(Refused const&) noexcept override { text += "refused\n"; }
        void exited(Exited const& e) noexcept override
        {
            text += to_string(e.status) + '\n';
        }
        std::string text;
    } log;
    Scripted fake;
    fake.on("a").exits(2);
    fake.on("b").cannot_start();
    CHECK_FALSE(run(cmd("a"), {.observer = &log, .executor = &fake}));
    CHECK(log.text == "starting a\nstarted\nexit code 2\n");
    log.text.clear();
    CHECK_THROWS_AS(run(cmd("b"), {.observer = &log, .executor = &fake}),
                    SpawnError);
    CHECK(log.text == "starting b\nrefused\n");
}

// --- expectations --------------------------------------------------------------------------

TEST_CASE("words are matched exactly, by wildcards and by functions",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("git", "log", any_words, "--", any_word).out("any words");
    fake.on("git", any_word).out("any word");
    fake.on("head", "-n", 5).out("number");
    fake.on("kill",
            [](std::string_view word) {
                return !word.empty() && word[0] == '-';
            })
        .out("function");
    fake.on([](std::span<std::string const> args) { return args.size() == 4; })
        .out("four");
    UseExecutor const scope(fake);
    CHECK(read(cmd("git", "log", "--", "f")) == "any words");
    CHECK(read(cmd("git", "log", "-1", "--all", "--", "f")) == "any words");
    CHECK(read(cmd("git", "status")) == "any word");
    CHECK(read(cmd("head", "-n", "5")) == "number");
    CHECK(read(cmd("kill", "-9")) == "function");
    CHECK(read(cmd("a", "b", "c", "d")) == "four");
    CHECK_THROWS_AS(run(cmd("git")), UnexpectedCommand);
    CHECK_THROWS_AS(run(cmd("git", "log", "f")), UnexpectedCommand);
    CHECK_THROWS_AS(run(cmd("kill", "9")), UnexpectedCommand);
}

TEST_CASE("answers can follow each other", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("state").once().out("starting");
    fake.on("state").times(2).out("almost");
    fake.on("state").out("running");
    UseExecutor const scope(fake);
    Strings said;
    for (int i = 0; i < 5; ++i)
        said.push_back(read(cmd("state")));
    CHECK(said
          == Strings{"starting", "almost", "almost", "running", "running"});
    CHECK(fake.problems() == "");
}

TEST_CASE("a condition looks at directory, environment and options",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("a").where([](PlannedStage const& stage) {
        return stage.options.cwd.str() == "/there";
    });
    UseExecutor const scope(fake);
    CHECK(run(cmd("a").cwd("/there")));
    CHECK(fake.calls()[0].cwd == "/there");
    CHECK_THAT(message_of([] { return run(cmd("a")); }),
               Catch::Contains("whose condition is not true"));
}

TEST_CASE("an unexpected command throws, and shows the nearest expectation",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("git", "rev-parse", "HEAD").maybe();
    fake.on("git", "push", "origin", any_words).once();
    UseExecutor const scope(fake);
    auto const message =
        message_of([] { check(cmd("git", "push", "--force", "my fork")); });
    CHECK(message
          == "unexpected command: git push --force 'my fork'\n"
             "  nearest expectation: git push origin <any words>\n"
             "      git\n"
             "      push\n"
             "    - origin\n"
             "      --force\n"
             "      'my fork'\n"
             "  all expectations:\n"
             "    git rev-parse HEAD (run 0 times)\n"
             "    git push origin <any words> (run 0 times)\n");
    CHECK(run(cmd("git", "push", "origin")));
    CHECK_THAT(message_of([] { return run(cmd("git", "push", "origin")); }),
               Catch::Contains("which may be run once, and was"));
}

TEST_CASE("an unexpected command in the middle of a list ends the run",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("a");
    fake.on("waits").hangs().maybe();
    UseExecutor const scope(fake);
    CHECK_THROWS_AS(run(cmd("a") && cmd("b") && cmd("a")), UnexpectedCommand);
    CHECK_THROWS_AS(run(cmd("waits") | cmd("b")), UnexpectedCommand);
    CHECK_THROWS_AS(collect((cmd("a") && cmd("b")) | lines), UnexpectedCommand);
    auto job = start(cmd("a") && cmd("b"));
    CHECK_THROWS_AS(job.wait(), UnexpectedCommand);
    CHECK(fake.commands()
          == Strings{"a", "b", "waits", "b", "a", "b", "a", "b"});
}

TEST_CASE("what went wrong is known although its exception was caught",
          "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("never-run");
    fake.on("twice").times(2);
    fake.on("reads").input("right\n");
    UseExecutor const scope(fake);
    CHECK(run(cmd("twice")));
    CHECK_THROWS_AS(run(cmd("other")), UnexpectedCommand);
    CHECK_THROWS_AS(run(cmd("reads"), {.input = "wrong\n"}), UnexpectedCommand);
    CHECK_THROWS_AS(run(cmd("reads")), UnexpectedCommand);
    auto const problems = fake.problems();
    CHECK_THAT(problems, Catch::StartsWith("unexpected command: other\n"));
    CHECK_THAT(problems, Catch::Contains("unexpected input of reads\n"
                                         "  expected: \"right\\n\"\n"
                                         "  got:      \"wrong\\n\"\n"));
    CHECK_THAT(problems, Catch::Contains("run once and not 2 times: twice\n"));
    CHECK_THAT(problems,
               Catch::Contains("run 0 times and not once: never-run\n"));
    CHECK_THROWS_WITH(fake.verify(), problems);
}

TEST_CASE("a script may keep an order", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.in_order();
    fake.on("a").once();
    fake.on("b").maybe();
    fake.on("c");
    {
        UseExecutor const scope(fake);
        CHECK_THROWS_AS(run(cmd("c")), UnexpectedCommand);
        CHECK(run(cmd("a")));
        CHECK(run(cmd("c")));
        CHECK_THAT(message_of([] { return run(cmd("b")); }),
                   Catch::Contains("whose turn is not now"));
        CHECK(run(cmd("c")));
    }
}

TEST_CASE("secrets match by their text and are not shown", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("login", secret("hunter2")).out("in");
    UseExecutor const scope(fake);
    CHECK(read(cmd("login", secret("hunter2"))) == "in");
    auto const message =
        message_of([] { return run(cmd("login", secret("other"))); });
    CHECK(message.find("hunter2") == std::string::npos);
    CHECK(message.find("other") == std::string::npos);
    CHECK(fake.calls()[0].args == Strings{"login", "***"});
    fake.on("read").input("s3cret");
    auto const about_input = message_of(
        [] { return run(cmd("read") < text("x" + secret("s3cret"))); });
    CHECK(about_input
          == "unexpected input of read\n"
             "  expected: \"***\"\n"
             "  got:      \"x***\"\n");
    CHECK(fake.calls().back().input == "x***");
}

TEST_CASE("a reference to a call of a script stays valid", "[verbs][scripted]")
{
    Scripted fake;
    fake.on(any_words).maybe();
    UseExecutor const scope(fake);
    check(cmd("first", "a") && cmd("second"));
    auto const& first = fake.calls()[0];
    auto const& last = fake.calls().back();
    auto const& text = fake.commands().front();
    std::vector<std::string> const copy = fake.commands();
    CHECK(first.args == Strings{"first", "a"});
    CHECK(last.command == "second");
    CHECK(text == "first a");
    CHECK(copy == Strings{"first a", "second"});
    CHECK_THROWS_AS(fake.calls()[2], std::out_of_range);
    CHECK_THROWS_AS(Scripted().commands().back(), std::out_of_range);
}

TEST_CASE("a script is refused what no command can do", "[verbs][scripted]")
{
    Scripted fake;
    CHECK_THROWS_AS(fake.on("a").exits(256), std::invalid_argument);
    CHECK_THROWS_AS(fake.on("a").exits(-1), std::invalid_argument);
    CHECK_THROWS_AS(fake.on("a").dies_of(0), std::invalid_argument);
    CHECK_THROWS_AS(fake.on("a").times(3, 2), std::invalid_argument);
    char const* const null = nullptr;
    CHECK_THROWS_AS(fake.on("a").out(null), std::invalid_argument);
}

TEST_CASE("threads may share a script", "[verbs][scripted][threads]")
{
    NoLeaks const no_leaks;
    Scripted fake;
    fake.on("a").out("x").times(400);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            UseExecutor const scope(fake);
            for (int i = 0; i < 100; ++i)
                if (read(cmd("a")) != "x")
                    std::abort();
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(fake.problems() == "");
    CHECK(fake.calls().size() == 400);
}

TEST_CASE("a job may outlive the script that answers it", "[verbs][scripted]")
{
    NoLeaks const no_leaks;
    auto fake = std::make_unique<Scripted>();
    fake->on("a").hangs();
    auto job = start(cmd("a"), {.executor = fake.get()});
    fake.reset();
    job.terminate();
    CHECK(job.wait().returncode == -SIGTERM);
}
