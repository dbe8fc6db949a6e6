// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Secrets: every way into an expression, and every way in which its text leaves
// the library. The child gets the secret, and nobody else sees it.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Quotes change it, and its parts show as well.
constexpr std::string_view token = "tok'en $5f3a";

/// True if any part of the token is in the text.
bool tells(std::string_view text)
{
    return text.find("5f3a") != text.npos || text.find("tok") != text.npos;
}

// --- the ways in -----------------------------------------------------------------

struct WayIn {
    std::string_view name;
    Pipeline expression; ///< writes the token to stdout and stderr, and fails
};

auto const writer = "write_to";

/// Writes `word` to stdout and stderr; then writing to descriptor 99 fails.
Command writes(Word const& word)
{
    return cmd(child(writer), 1, word, 2, word, 99, "x");
}

/// The same with the variable TOKEN.
Command writes_variable()
{
    return sh("printf %s \"$TOKEN\"; printf %s \"$TOKEN\" >&2; exit 9");
}

std::vector<WayIn> words_in()
{
    using namespace runnel::literals;
    auto const hidden = secret(token);
    std::vector<Word> const list{1, hidden, 2, hidden, 99, "x"};
    return {
        {"a word", writes(hidden)},
        {"a part of a word", writes("--password=" + hidden + ".")},
        {"a copy", Command(writes(hidden)).named("named")},
        {"a range of words", cmd(child(writer), list)},
        {"a range of all words",
         cmd(std::vector<Word>{child(writer), 1, hidden, 2, hidden, 99, "x"})},
        {"a literal", "{} 1 -p{} 2 {} 99 x"_cmd(child(writer), hidden, hidden)},
        {"a word of a script",
         sh("printf %s \"$0\"; printf %s \"$0\" >&2; exit 9", hidden)},
        {"words of a prefix",
         prefix({child(writer), 1, hidden, 2, hidden})(cmd("99", "x"))},
        {"a word behind a prefix", prefix({"env"})(writes(hidden))},
        {"a word in shell text",
         prefix({"sh", "-c"}, Quoting::shell_text)(writes("-p" + hidden))},
        {"a word in shell text in shell text",
         prefix({"sh", "-c"}, Quoting::shell_text)(
             prefix({"bash", "-c"}, Quoting::shell_text)(
                 seq(cmd("true"), writes(hidden) | cmd("cat"))))},
    };
}

/// Copies stdin to stdout and stderr, and fails.
Command copies_stdin()
{
    return sh("IFS= read -r a; printf %s \"$a\"; printf %s \"$a\" >&2; exit 9");
}

std::vector<WayIn> texts_in()
{
    auto const hidden = secret(token);
    auto const copy = cmd(child("copy"));
    auto const copies = stage([](LineRange in) { return in; });
    return {
        {"text for stdin", copies_stdin() < text(hidden)},
        {"a part of it", copies_stdin() < text("user:" + hidden + "\n")},
        {"text for a whole", (copy | copies_stdin()) < text(hidden)},
        {"text for a list", seq(cmd("true"), copies_stdin()) < text(hidden)},
        {"text for C++", (copies < text(hidden)) | copies_stdin()},
        {"text in shell text", prefix({"bash", "-c"}, Quoting::shell_text)(
                                   copies_stdin() < text(hidden))},
    };
}

std::vector<WayIn> variables_in()
{
    auto const hidden = secret(token);
    auto const program = writes_variable();
    std::map<std::string, Word> const map{{"TOKEN", hidden}};
    return {
        {"a variable", program.env("TOKEN", hidden)},
        {"a part of a variable", program.env("TOKEN", "user:" + hidden)},
        {"set()", program.env(Environment().set("TOKEN", hidden))},
        {"braces", program.env(Environment{{"A", "b"}, {"TOKEN", hidden}})},
        {"a map", program.env(Environment(map))},
        {"with()", program.with({.env = {{"TOKEN", hidden}}})},
        {"a longer variable",
         program.env("TOKEN", hidden).append_path("/more", "TOKEN")},
        {"a variable of a whole",
         seq(cmd("true"), program).env("TOKEN", hidden)},
        {"a variable in shell text", prefix({"sh", "-c"}, Quoting::shell_text)(
                                         program.env("TOKEN", hidden))},
    };
}

std::vector<WayIn> combinations_in()
{
    auto const one = writes(secret(token));
    auto const copy = cmd(child("copy"));
    return {
        {"the end of a pipeline", cmd("true") | one},
        {"the begin of a pipeline", one | copy},
        {"stderr that another command gets", stderr_of(one) | copy},
        {"a list", cmd("true") && one},
        {"a negation", !grouped(!one)},
        {"a tee", one | tee(copy > devnull) | copy},
        {"a substitution",
         sh("exec < \"$0\"; read -r a; printf %s \"$a\"; exit 9", from(one))},
    };
}

std::vector<WayIn> ways_in()
{
    auto all = words_in();
    for (auto const& more : {texts_in(), variables_in(), combinations_in()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

// --- the ways out ----------------------------------------------------------------

std::string text_of(Environment const& environment)
{
    std::string text;
    for (auto const& edit : environment.edits())
        text += edit.name + '=' + edit.value + '\n';
    for (auto const& entry : environment.apply_to({"A=b"}))
        text += entry + '\n';
    return text;
}

std::string text_of(std::vector<std::string> const& words)
{
    std::string text;
    for (auto const& word : words)
        text += word + '\n';
    return text;
}

std::string text_of(PlannedStage const& stage)
{
    std::ostringstream args;
    for (auto const& word : stage.args)
        args << word << word.str();
    return args.str() + text_of(stage.argv()) + stage.command() + stage.words
         + text_of(stage.options.env);
}

/// All of a result but the output, which is data.
std::string text_of(CompletedProcess const& result)
{
    auto text = to_string(result) + text_of(result.args());
    for (auto const& stage : result.stages)
        text += text_of(stage.args) + stage.command + stage.refusal;
    return text;
}

/// Writes down all that an observer is told.
struct Log : Observer {
    void planned(Plan const& plan) noexcept override
    {
        text += to_string(plan);
    }
    void starting(Starting const& e) override
    {
        text += text_of(e.environment);
        note(e.child);
    }
    void started(Started const& e) noexcept override { note(e.child); }
    void refused(Refused const& e) noexcept override { note(e.child); }
    void exited(Exited const& e) noexcept override { note(e.child); }
    void killed(Killed const& e) noexcept override { note(e.child); }
    void expired(Expired const& e) noexcept override { text += e.command; }

    void note(ChildView const& child)
    {
        text += child.executable;
        for (auto const& arg : child.args)
            text += arg + '\n';
    }

    std::string text;
};

/// Writes down all that it is to run.
struct Fake : Executor {
    std::unique_ptr<Running> start(Program program, RunOptions const&) override
    {
        text += program.text + to_string(program);
        for (auto const& command : program.commands)
            text += text_of(*command.stage);
        auto result = failed(program, 9);
        auto running = finished(std::move(program), std::move(result));
        text += running->command();
        return running;
    }

    std::string text;
};

std::string drawn(Pipeline const& e)
{
    std::ostringstream stream;
    auto const plan = make_plan(e);
    stream << e << to_string(plan) << to_dot(plan) << to_mermaid(plan);
    for (auto const& stage : plan.stages)
        stream << text_of(*stage);
    return stream.str();
}

std::string lowered(Pipeline const& e)
{
    auto const program = lower(e);
    return program.text + to_string(program);
}

std::string pretended(Pipeline const& e)
{
    std::string log;
    DryRun dry(log);
    Fake fake;
    log += text_of(run(e, {.executor = &dry}));
    log +=
        message_of<CalledProcessError>([&] { check(e, {.executor = &fake}); });
    return log + fake.text;
}

std::string ended(Pipeline const& e)
{
    Log log;
    auto const result = run(e, {.capture_output = true, .observer = &log});
    return log.text + text_of(result);
}

/// What an exception says, whichever it is.
template <class F>
std::string thrown_by(F attempt)
{
    try {
        attempt();
    } catch (CalledProcessError const& error) {
        return error.what() + text_of(error.args()) + text_of(error.result());
    } catch (SpawnError const& error) {
        return std::string(error.what()) + error.program();
    } catch (EndedEarly const& error) {
        return error.what() + error.command() + text_of(error.result());
    } catch (std::exception const& error) {
        return error.what();
    }
    return {};
}

/// Errors of commands that fail. Stderr is captured where it is free.
std::string failed_at(Pipeline const& e)
{
    Log log;
    Pipeline const quiet = e > err(devnull);
    auto text = thrown_by([&] { check(e > capture > err(capture)); });
    text += thrown_by([&] { check(e, {.capture_output = true}); });
    text += thrown_by([&] {
        for (auto const line : quiet | lines)
            static_cast<void>(line);
    });
    text += thrown_by([&] { (void)read(quiet.timeout(0s)); });
    text += thrown_by([&] { check(e.cwd("/no/such"), {.observer = &log}); });
    return text + log.text;
}

/// Errors of runs that are ended.
std::string cut_short(Pipeline const& e)
{
    Log log;
    StopSource source;
    source.request_stop();
    auto text = thrown_by([&] {
        (void)run(e | cmd(child("sleep_until_killed")),
                  {.capture_output = true, .timeout = 0s, .observer = &log});
    });
    text += thrown_by([&] {
        (void)run(e, {.capture_output = true, .stop = source.token()});
    });
    text += thrown_by([&] {
        (void)run(e, {.capture_output = true,
                      .limit = {.bytes = 1, .excess = CaptureLimit::fail}});
    });
    return text + log.text;
}

/// Errors of expressions that cannot be run.
std::string misused(Pipeline const& e)
{
    auto const twice = [&] { (void)(Pipeline(e > capture) > capture); };
    auto const both = [&] { (void)read(e > "/dev/null"); };
    auto const unsaid = [&] {
        (void)prefix({"sh", "-c"}, Quoting::shell_text)(e > capture);
    };
    return thrown_by(twice) + thrown_by(both) + thrown_by(unsaid);
}

struct WayOut {
    std::string_view name;
    std::string (*text)(Pipeline const&);
};

constexpr WayOut ways_out[] = {
    {"text and diagrams", drawn},
    {"programs", lowered},
    {"dry runs and fakes", pretended},
    {"results and events", ended},
    {"failures", failed_at},
    {"ends", cut_short},
    {"misuse", misused},
};

} // namespace

TEST_CASE("the child gets a secret", "[secret]")
{
    NoLeaks const no_leaks;
    for (auto const& [name, expression] : ways_in()) {
        INFO(name);
        auto const result = run(expression > capture > err(capture));
        std::string all = result.out.str();
        for (auto const& stage : result.stages)
            if (stage.err.captured())
                all += stage.err.str();
        CHECK(all.find(token) != all.npos);
        CHECK(result.failed);
    }
}

TEST_CASE("no text that leaves the library tells a secret", "[secret][guard]")
{
    NoLeaks const no_leaks;
    for (auto const& [name, expression] : ways_in())
        for (auto const& [out, text] : ways_out) {
            INFO(name << ": " << out);
            auto const said = text(expression);
            INFO(said);
            CHECK_FALSE(tells(said));
            CHECK_FALSE(said.empty());
        }
}

TEST_CASE("an error hides the secrets that a command printed to stderr",
          "[secret][guard]")
{
    NoLeaks const no_leaks;
    auto const said = [](Pipeline const& e) {
        auto const what = message_of<CalledProcessError>(
            [&] { check(e > capture > err(capture)); });
        return what.substr(what.find('\n') + 1);
    };
    CHECK(said(writes("a" + secret(token) + "b")) == "    a***b");
    CHECK(said(writes(secret("two\nlines"))) == "    ***");
    // A secret of a command that feeds this one.
    auto const reader = sh("read -r a; echo \"got $a\" >&2; exit 3");
    auto const feeder = cmd(child("print"), secret(token));
    CHECK(said(feeder | reader) == "    got ***");
    CHECK(said(writes_variable().env("TOKEN", secret(token))) == "    ***");
    CHECK(said(reader < text(secret(token))) == "    got ***");
    // The data itself is as it was written.
    auto const result = run(writes(secret(token)) > capture > err(capture));
    CHECK(result.stages[0].err == token);
    CHECK(result.stages[0].secrets.masked("x" + std::string(token)) == "x***");
}

TEST_CASE("a program that is a secret is masked in its error",
          "[secret][errors]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(std::vector{"/no/such/" + secret(token)});
    CHECK_THAT(
        message_of<SpawnError>([&] { check(e); }),
        Catch::StartsWith("cannot start \"/no/such/***\": No such file"));
    auto const said = thrown_by([&] {
        check(cmd(std::vector{secret(token)}).env("PATH", "/no/such"));
    });
    CHECK_FALSE(tells(said));
}

TEST_CASE("a Popen passes secrets on and tells none", "[secret][popen]")
{
    NoLeaks const no_leaks;
    Log log;
    PopenOptions const options{.out = Stdio::pipe,
                               .env = {{"TOKEN", "t=" + secret(token)}},
                               .observer = &log};
    Popen words({child("print_args"), "-p" + secret(token)}, options);
    CHECK(words.communicate().out == "<-p" + std::string(token) + ">\n");
    CHECK(words.args()
          == std::vector<std::string>{child("print_args"), "-p***"});
    Popen variables({child("print_env")}, options);
    CHECK(variables.communicate().out
          == "TOKEN=t=" + std::string(token) + '\n');
    std::vector<Word> const list{child("sleep_until_killed"), secret(token)};
    Popen sleeper(list, {.observer = &log});
    auto said = thrown_by([&] { sleeper.wait(1ns); });
    sleeper.kill();
    sleeper.wait();
    said += thrown_by([&] {
        Popen({"sh", secret(token)}, {.shell = true, .cwd = "/no/such"}).wait();
    });
    said += thrown_by([&] {
        Popen({"a", secret(token)}, {.in = "/no/such"}).wait();
    });
    CHECK_FALSE(tells(said));
    CHECK_FALSE(tells(log.text));
    CHECK(log.text.find("***") != log.text.npos);
}

TEST_CASE("an error of encoding shows no character of a secret",
          "[secret][guard]")
{
    NoLeaks const no_leaks;
    auto const message = message_of<TextError>([] {
        (void)run(cmd("cat") < text(secret("p\u00e4ss")),
                  {.encoding = "ascii"});
    });
    CHECK(message
          == "cannot encode the text of stdin as ascii: a character at offset "
             "1");
}

TEST_CASE("an executor can ask for the real words", "[secret]")
{
    auto const program = lower(sh("exit", secret(token)).env("A", secret("b")));
    auto const& stage = *program.commands[0].stage;
    CHECK(stage.argv()
          == std::vector<std::string>{"/bin/sh", "-c", "exit", "***"});
    CHECK(stage.reveal_argv()
          == std::vector<std::string>{"/bin/sh", "-c", "exit",
                                      std::string(token)});
    auto const fed = lower(cmd("a") < text(secret(token)));
    CHECK(*fed.endpoints[0].text == "***");
    CHECK(fed.endpoints[0].reveal_text() == token);
    CHECK(stage.options.env.apply_to({}) == std::vector<std::string>{"A=***"});
    CHECK(stage.options.env.reveal_to({}) == std::vector<std::string>{"A=b"});
}
