// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Recordings of commands, and what is answered from them.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/recording.hpp>
#include <runnel/runnel.hpp>
#include <runnel/scripted.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <random>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command script(std::string const& text)
{
    return sh(text);
}

/// Runs `act` with a recording, and then once more from it.
template <class Act>
void record_and_replay(std::string const& file, Act act)
{
    {
        Recording recording(file);
        UseExecutor const scope(recording);
        act();
        recording.check();
    }
    CAPTURE(read_file(file));
    Replaying replaying(file);
    UseExecutor const scope(replaying);
    act();
    CHECK(replaying.problems() == "");
}

std::string recording_of(std::string const& file, Expression const& e,
                         RunOptions options = {})
{
    Recording recording(file);
    options.executor = &recording;
    static_cast<void>(run(e, options));
    recording.check();
    return read_file(file);
}

std::string damage_of(std::string const& file, std::string_view text)
{
    write_file(file, text);
    try {
        Replaying const replaying(file);
    } catch (SubprocessError const& error) { // as every DamagedRecording is
        CHECK(error.code() == std::errc::bad_message);
        std::string const what = error.what();
        return what.substr(what.find(file) + file.size() + 1);
    }
    return "not damaged";
}

/// True if commands were ended because one beside them could not be started: what
/// they have written until then is a matter of luck.
bool was_given_up(CompletedProcess const& done)
{
    return std::ranges::any_of(done.stages, [](StageResult const& stage) {
        return stage.status.is_unknown();
    });
}

/// All of a result but times, pids, and bytes that are a matter of luck.
std::string facts_of(CompletedProcess const& done)
{
    auto const bytes = [is_luck = was_given_up(done)](Output const& output) {
        if (!output.captured())
            return std::string("none");
        return is_luck ? "some" : '[' + output.str() + ']';
    };
    auto text = std::to_string(done.returncode) + ' ' + bytes(done.out)
              + bytes(done.err) + std::to_string(done.failed)
              + std::to_string(done.decided_by) + std::to_string(done.drained)
              + '\n';
    for (auto const& stage : done.stages)
        text += join(stage.args) + ": " + to_string(stage.status) + ' '
              + stage.refusal + ' ' + bytes(stage.out) + bytes(stage.err)
              + std::to_string(stage.failed) + std::to_string(stage.forgiven)
              + std::to_string(stage.was_started()) + '\n';
    for (auto const& kept : done.captures)
        text += std::to_string(kept.stage) + ' ' + std::to_string(kept.stream)
              + bytes(kept.bytes) + '\n';
    return text;
}

} // namespace

TEST_CASE("a recording is plain text", "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    auto const e =
        cmd(child("print"), "one\ntwo\n") | cmd(child("copy"))
        | script("cat; echo warning >&2; exit 3").cwd("/").env("A", "b c");
    CHECK(recording_of(file, e, {.capture_output = true})
          == "runnel recording 1\n"
             "\n"
             "$ " + child("print")
                 + " 'one\\ntwo\\n'\n"
                   "stdout:\n"
                   "| one\n"
                   "| two\n"
                   "exit code 0\n"
                   "\n"
                   "$ "
                 + child("copy")
                 + "\n"
                   "stdout:\n"
                   "| one\n"
                   "| two\n"
                   "exit code 0\n"
                   "\n"
                   "$ /bin/sh -c 'cat; echo warning >&2; exit 3'\n"
                   "cwd: /\n"
                   "env: set A=b c\n"
                   "stdout:\n"
                   "| one\n"
                   "| two\n"
                   "stderr:\n"
                   "| warning\n"
                   "exit code 3\n"
                   "\n");
}

TEST_CASE("bytes that are no text can be read and are kept",
          "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    using namespace std::string_literals;
    auto const odd = "a\\b\0c\r\n\n \t\n\x1b[31m\xff \u00e9 \u202e\u0085\\"s;
    record_and_replay(file, [&] {
        auto const done = run(cmd(child("copy")) > capture, {.input = odd});
        CHECK(done.out == odd);
    });
    auto const text = read_file(file);
    CHECK_THAT(text, Catch::Contains(
                         "stdout:\n| a\\\\b\\0c\\r\n|\n|  \\x09\n"
                         "| \\x1b[31m\\xff \u00e9 \\u202e\\u0085\\\\\\\n"));
    for (auto const line : read_file(file) | std::views::split('\n'))
        CHECK((line.empty() || *std::ranges::prev(line.end()) != ' '));
}

TEST_CASE("a recording gives every verb what the program gave",
          "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    record_and_replay(folder / "golden", [&] {
        auto const e = script("echo out; echo err >&2; exit 2").unchecked();
        CHECK(run(e, {.capture_output = true}).err == "err\n");
        CHECK(check(e, {.capture_output = true}).out == "out\n");
        CHECK(read(e > err(devnull)) == "out");
        CHECK(collect((e > err(devnull)) | lines) == Strings{"out"});
        CHECK(collect(stderr_of(e > devnull) | lines) == Strings{"err"});
        CHECK(joined_bytes((e > err(devnull)) | chunks(3)) == "out\n");
        Strings tagged_lines;
        for (auto const& line : e | tagged)
            tagged_lines.emplace_back(line.line);
        std::ranges::sort(tagged_lines);
        CHECK(tagged_lines == Strings{"err", "out"});
        auto job = start(e > both(devnull));
        CHECK(job.wait().stages[0].status == ExitStatus::of_code(2));
        CHECK(retry(script("exit 4"), 2, {}).returncode == 4);
    });
}

TEST_CASE("C++, files and other commands around recorded ones are real",
          "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const exclaim = stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
    record_and_replay(folder / "golden", [&] {
        std::string copy;
        check((cmd(child("print"), "a\nb\n") | tee(to(copy)) | exclaim
               | cmd(child("copy")))
              > folder / "out");
        CHECK(copy == "a\nb\n");
        CHECK(read_file(folder / "out") == "a!\nb!\n");
        CHECK(read(Strings{"x", "y"} | cmd(child("copy"))) == "x\ny");
        CHECK(read(cmd("cat", from(cmd(child("print"), "w")))) == "w");
        CHECK(run(cmd("false") || cmd("true")).stages[1].was_started());
        CHECK_FALSE(run(cmd("true") || cmd("false")).stages[1].was_started());
        CHECK(read(script("echo o; echo e >&2") > err_to_out) == "o\ne");
    });
}

TEST_CASE("signals and programs that cannot be started are recorded",
          "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    std::vector<std::string> messages;
    record_and_replay(file, [&] {
        CHECK(run(script("kill -SEGV $$")).returncode == -SIGSEGV);
        try {
            check(cmd("true") | cmd("no-such-program"));
            FAIL();
        } catch (SpawnError const& error) {
            messages.emplace_back(error.what());
        }
        try {
            check(cmd("true").cwd("/no/such/folder"));
            FAIL();
        } catch (SpawnError const& error) {
            messages.emplace_back(error.what());
        }
        messages.push_back(
            run(cmd("no-such-program") || cmd("true")).stages[0].refusal);
    });
    REQUIRE(messages.size() == 6);
    for (int i = 0; i < 3; ++i)
        CHECK(messages[std::size_t(i)] == messages[std::size_t(i) + 3]);
    CHECK_THAT(read_file(file),
               Catch::Contains("cannot be started: exec, error 2\n"));
}

TEST_CASE("a replayed command leaves the input that the program left",
          "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    record_and_replay(file, [&] {
        auto const done =
            run(std::views::iota(0) | (cmd("head", "-n", 2) > capture));
        CHECK(done.out == "0\n1\n");
        CHECK(done);
        auto const after =
            run(cmd(child("write_forever")) | (cmd("head", "-n", 1) > capture));
        CHECK(after.out == "y\n");
        CHECK(after.stages[0].status == ExitStatus::of_signal(SIGPIPE));
        CHECK(after.stages[0].forgiven);
        CHECK(collect(cmd(child("write_forever")) | first(2) | lines)
              == Strings{"y", "y"});
        for (std::string_view const line :
             cmd(child("write_forever")) | lines) {
            CHECK(line == "y");
            break;
        }
    });
    CHECK_THAT(read_file(file),
               Catch::Contains("stdin was not read to its end\nexit code 0\n"));
}

TEST_CASE("a recording holds no secret", "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    record_and_replay(file, [&] {
        auto const password = secret("hunter2");
        static_cast<void>(run(cmd(child("print"), password) > capture));
        static_cast<void>(
            run((cmd(child("copy")).env("TOKEN", password) < text(password))
                | (script("cat >&2") > err(capture))));
    });
    CHECK(read_file(file).find("hunter2") == std::string::npos);
    CHECK_THAT(read_file(file), Catch::Contains("env: set TOKEN=***\n"
                                                "stdin:\n| ***\\\n"));
}

TEST_CASE("a command that was not recorded throws and shows the nearest",
          "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    write_file(file, "runnel recording 1\n"
                     "# by hand\n"
                     "$ git push origin main\n"
                     "exit code 0\n"
                     "\n"
                     "$ git status\n"
                     "cwd: /a\n"
                     "stdout:\n"
                     "| clean\n"
                     "exit code 0\n");
    Replaying replaying(file);
    UseExecutor const scope(replaying);
    auto const message_of = [](Expression const& e) -> std::string {
        try {
            static_cast<void>(run(e));
        } catch (UnexpectedCommand const& error) {
            return error.what();
        }
        return {};
    };
    CHECK(message_of(cmd("git", "push", "fork", "main"))
          == "unexpected command: git push fork main\n"
             "  nearest recorded command: "
                 + file
                 + ":3: git push origin main\n"
                   "      git\n"
                   "      push\n"
                   "    - origin\n"
                   "    + fork\n"
                   "      main\n");
    CHECK_THAT(message_of(cmd("git", "status").cwd("/b")),
               Catch::Contains("cwd: recorded \"/a\", now \"/b\""));
    CHECK_THAT(message_of(cmd("git", "status").cwd("/a").env("A", "1")),
               Catch::Contains("env: recorded \"\", now \"set A=1\""));
    CHECK(read(cmd("git", "status").cwd("/a")) == "clean");
    CHECK_THAT(message_of(cmd("git", "status").cwd("/a")),
               Catch::Contains("it was run already"));
    CHECK_THAT(replaying.problems(),
               Catch::EndsWith("recorded command that was not run: " + file
                               + ":3: git push origin main\n"));
    CHECK_THROWS_AS(replaying.verify(), UnexpectedCommand);
}

TEST_CASE("a replay may keep the order of the file", "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    write_file(file, "runnel recording 1\n"
                     "$ a\nexit code 0\n"
                     "$ b\nexit code 0\n");
    Replaying any(file);
    CHECK(run(cmd("b") && cmd("a"), {.executor = &any}));
    CHECK(any.problems() == "");
    Replaying ordered(file);
    ordered.in_order();
    CHECK_THROWS_AS(run(cmd("b"), {.executor = &ordered}), UnexpectedCommand);
    CHECK(run(cmd("a") && cmd("b"), {.executor = &ordered}));
}

TEST_CASE("a damaged recording is refused with file and line",
          "[verbs][recording]")
{
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    auto const damage = [&](std::string const& text) {
        return damage_of(file, text);
    };
    std::string const head = "runnel recording 1\n";
    CHECK_THAT(damage(""), Catch::StartsWith("1: this is no recording"));
    CHECK_THAT(damage("runnel recording 2\n"), Catch::StartsWith("1: "));
    CHECK(damage(head) == "not damaged");
    CHECK(damage(head + "x\n") == "2: a command begins with \"$ \"");
    CHECK(damage(head + "$ a\n")
          == "3: the command ends without saying how it ended");
    CHECK_THAT(damage(head + "$ 'a\nexit code 0\n"), Catch::StartsWith("2: "));
    CHECK(damage(head + "$ \nexit code 0\n") == "2: a command needs a word");
    CHECK(damage(head + "$ a\nstdout\nexit code 0\n")
          == "3: this line is no part of a command");
    CHECK(damage(head + "$ a\nexit code x\n")
          == "3: a number is expected here");
    CHECK(damage(head + "$ a\nstdout:\n| a\\q\nexit code 0\n")
          == "4: a backslash is written as two");
    CHECK(damage(head + "$ a\nstdout:\n| \\x1\nexit code 0\n")
          == "4: hexadecimal digits are missing");
    CHECK(damage(head + "$ a\ncannot be started: exec\n")
          == "3: the line must say which step failed, and the error");
    CHECK(damage(head + "$ a\ncannot be started: lunch, error 2\n")
          == "3: there is no step of that name");
    CHECK_THROWS_AS(Replaying(folder / "missing"), SystemError);
    CHECK_THROWS_AS(Replaying(folder.path()), SystemError);
    CHECK_THROWS_AS(Recording(folder / "no/folder"), SystemError);
}

TEST_CASE("what runs on a terminal cannot be recorded", "[verbs][recording]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    Recording recording(folder / "golden");
    CHECK_THROWS_AS(read(cmd("true").pty(), {.executor = &recording}),
                    std::invalid_argument);
}

TEST_CASE("a recording may be made of fakes", "[verbs][recording][scripted]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "golden";
    Scripted fake;
    fake.on("a").out("said\n").exits(7);
    fake.on("b").cannot_start();
    {
        Recording recording(file);
        fake.otherwise(recording);
        UseExecutor const scope(fake);
        CHECK(run(cmd("true")));
        CHECK(run(cmd("a") > capture).out == "said\n");
        CHECK_THROWS_AS(run(cmd("b")), SpawnError);
    }
    Replaying replaying(file);
    UseExecutor const scope(replaying);
    CHECK(run(cmd("a") > capture).out == "said\n");
    CHECK_THROWS_AS(run(cmd("b")), SpawnError);
    CHECK(run(cmd("true")));
    CHECK(replaying.problems() == "");
}

TEST_CASE("a file that cannot be written is told", "[verbs][recording]")
{
    NoLeaks const no_leaks;
    Recording recording("/dev/full");
    CHECK_THROWS_AS(recording.check(), SystemError);
}

namespace {

/// Random expressions of commands, C++, tees, files and lists. All commands read to
/// end of file, and no two streams share a capture: else chance would decide.
class Expressions {
public:
    Expressions(unsigned seed, std::string const& folder)
        : random_(seed), folder_(folder)
    {
    }

    Command command()
    {
        switch (below(7)) {
        case 0: return script("cat; printf 'l1\nl2" + number() + "'");
        case 1: return cmd(child("copy"));
        case 2: return script("cat; echo e" + number() + " >&2");
        case 3: return script("cat >/dev/null; exit " + number());
        case 4: return script("echo x; cat; kill -TERM $$");
        case 5: return cmd("no-such-program", number());
        default: return script("cat | tr 'l' '\\377'; exit 1");
        }
    }

    Pipeline pipeline()
    {
        Pipeline e = cmd(child("print"), "in\n") | command();
        for (auto n = below(4); n-- > 0;)
            switch (below(4)) {
            case 0:
                e = e | stage(std::views::transform([](std::string_view l) {
                        return std::string(l) + '!';
                    }))
                  | cmd(child("copy"));
                break;
            case 1: e = e | tee(capture) | command(); break;
            case 2: e = e | tee(folder_ + "/t" + number()) | command(); break;
            default: e = e | command();
            }
        return e;
    }

    CompletedProcess run_one()
    {
        auto const a = pipeline();
        auto const b = pipeline();
        switch (below(6)) {
        case 0: return run((a > capture) > err(devnull));
        case 1: return run(a && b, {.capture_output = true});
        case 2: return run(((a || b) > capture) > err(capture));
        case 3: return run(seq(a, b), {.capture_output = true});
        case 4: return run(!a, {.capture_output = true});
        default:
            return run(((a | command()) > folder_ + "/out") > err(devnull));
        }
    }

private:
    unsigned below(unsigned limit)
    {
        return static_cast<unsigned>(random_() % limit);
    }
    std::string number() { return std::to_string(below(3)); }

    std::mt19937 random_;
    std::string folder_;
};

} // namespace

TEST_CASE("a replay of random expressions gives the results of the recording",
          "[verbs][recording][random]")
{
    NoLeaks const no_leaks;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        TemporaryDirectory const folder;
        CAPTURE(seed);
        std::vector<std::string> facts;
        record_and_replay(folder / "golden", [&] {
            Expressions expressions(seed, folder.str());
            try {
                auto const done = expressions.run_one();
                auto text = facts_of(done);
                for (auto const name : {"out", "t0", "t1", "t2"})
                    text += !was_given_up(done)
                                 && std::filesystem::exists(folder / name)
                              ? read_file(folder / name)
                              : "";
                facts.push_back(text);
            } catch (SpawnError const& error) {
                facts.emplace_back(error.what());
            }
        });
        REQUIRE(facts.size() == 2);
        CHECK(facts[0] == facts[1]);
    }
}
