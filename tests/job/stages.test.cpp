// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// C++ in the middle of a pipeline.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/generator.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Strings = std::vector<std::string>;

Command copy()
{
    return cmd(child("copy"));
}

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

template <class E>
std::string output_of(E const& expression)
{
    return run(expression | capture).out.str();
}

template <class E>
Strings lines_of_all(E const& expression)
{
    Strings all;
    std::ranges::copy(expression | lines, std::back_inserter(all));
    return all;
}

std::size_t thread_count()
{
    auto const tasks = std::filesystem::directory_iterator("/proc/self/task");
    return std::size_t(std::distance(begin(tasks), end(tasks)));
}

auto exclaim()
{
    return stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
}

} // namespace

TEST_CASE("a composition of adaptors is a stage", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const f = stage(
        std::views::filter([](std::string_view line) { return line != "b"; })
        | std::views::transform(
            [](std::string_view line) { return std::string(line) + '.'; }));
    CHECK(output_of(print("a\nb\nc\n") | f | copy()) == "a.\nc.\n");
    CHECK(lines_of_all(print("a\nb\nc\n") | f) == Strings{"a.", "c."});
}

TEST_CASE("a coroutine is a stage", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const number = [](LineRange in) -> Generator<std::string> {
        int n = 1;
        for (std::string_view const line : in) {
            co_yield std::to_string(n) + ' ' + std::string(line);
            ++n;
        }
    };
    CHECK(output_of(print("a\nb\n") | stage(number) | copy()) == "1 a\n2 b\n");
}

TEST_CASE("a loop that fills a container is a stage", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const reversed = [](LineRange in) {
        Strings all;
        for (Line const line : in)
            all.insert(all.begin(), line);
        return all;
    };
    CHECK(output_of(print("a\nb\nc\n") | stage(reversed) | copy())
          == "c\nb\na\n");
}

TEST_CASE("a stage may own what cannot be copied", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto f = [suffix = std::make_unique<std::string>("?")](LineRange in) {
        return std::move(in)
             | std::views::transform([&suffix](std::string_view line) {
                   return std::string(line) + *suffix;
               });
    };
    CHECK(output_of(print("a\n") | stage(std::move(f)) | copy()) == "a?\n");
}

TEST_CASE("a stage runs as often as its expression", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const counted = stage([n = 0](LineRange in) mutable {
        return std::move(in)
             | std::views::transform([n](Line) mutable { return ++n; });
    });
    auto const e = print("a\nb\n") | counted | copy();
    CHECK(output_of(e) == "1\n2\n");
    CHECK(output_of(e) == "1\n2\n");
}

TEST_CASE("stages stand at the head, in the middle and at the tail",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "in", "a\nb\n");
    CHECK(output_of((exclaim() < directory / "in") | copy()) == "a!\nb!\n");
    check((print("a\n") | exclaim()) > directory / "out");
    CHECK(read_file(directory / "out") == "a!\n");
    CHECK(read(print("a\nb\n") | exclaim()) == "a!\nb!");
    CHECK(output_of(exclaim() < text("x\n")) == "x!\n");
    std::string kept;
    check(print("a\n") | exclaim() | to(kept));
    CHECK(kept == "a!\n");
}

TEST_CASE("adjacent stages share no pipe and no thread", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    std::vector<std::thread::id> threads(3);
    auto const note = [&](std::size_t i) {
        return stage(std::views::transform([&threads, i](Line line) {
            threads[i] = std::this_thread::get_id();
            return std::string(line);
        }));
    };
    CHECK(output_of(print("a\n") | note(0) | note(1) | note(2) | copy())
          == "a\n");
    CHECK(threads[0] == threads[1]);
    CHECK(threads[1] == threads[2]);
    CHECK(threads[0] != std::this_thread::get_id());
}

TEST_CASE("a range that ends in C++ makes no thread", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const before = thread_count();
    std::size_t seen = 0;
    for (std::string_view const line : print("a\nb\n") | exclaim() | lines) {
        CHECK(line.ends_with('!'));
        ++seen;
        CHECK(thread_count() == before);
    }
    CHECK(seen == 2);
}

TEST_CASE("first gives so many lines, byte for byte", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    CHECK(output_of(print("a\nb\nc\n") | first(2)) == "a\nb\n");
    CHECK(output_of(print("a\nb") | first(2) | copy()) == "a\nb");
    CHECK(output_of(print("a\n") | first(5)) == "a\n");
    CHECK(output_of(print("a\n") | first(0)) == "");
    CHECK(lines_of_all(print("a\nb\n") | first(1)) == Strings{"a"});
    CHECK(lines_of_all(print("a\nb") | first(2) | lines | first(2))
          == Strings{"a", "b"});
    CHECK_THROWS_AS(first(-1), std::invalid_argument);
}

TEST_CASE("first ends at its last line and looks for no more",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const quiet = sh("echo one; echo two; exec sleep 60");
    CHECK(read(quiet | first(2)) == "one\ntwo");
    CHECK(read(quiet | first(2) | copy()) == "one\ntwo");
    CHECK(lines_of_all(quiet | first(1)) == Strings{"one"});
}

TEST_CASE("tail -f read by first comes to an end", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "log", "one\ntwo\n");
    auto const follow = cmd("tail", "-n", "+1", "-f", directory / "log");
    CHECK(read(follow | first(1)) == "one");
    CHECK(read(follow | copy() | first(2) | copy()) == "one\ntwo");
    CHECK(lines_of_all(follow | first(1)) == Strings{"one"});
    CHECK(lines_of_all(follow | copy() | exclaim() | first(1))
          == Strings{"one!"});
    auto const head = follow | exclaim() | cmd("head", "-n", 1);
    CHECK(read(head) == "one!");
}

TEST_CASE("who is ended since C++ stopped reading is forgiven",
          "[ranges][stage][status]")
{
    NoLeaks const no_leaks;
    auto const done = run(sh("echo one; exec sleep 60") | copy() | first(1)
                          | cmd("wc", "-l") | capture);
    CHECK(done);
    CHECK(done.returncode == 0);
    CHECK(done.out.trimmed() == "1");
    REQUIRE(done.stages.size() == 3);
    CHECK(done.stages[0].status.signal() == SIGTERM);
    CHECK(done.stages[0].forgiven);
    auto const range = sh("echo one; exec sleep 60") | first(1) | lines;
    for (std::string_view const line : range)
        CHECK(line == "one");
    CHECK(range.result());
    CHECK(range.result().returncode == 0);
}

TEST_CASE("one that ignores SIGTERM is killed after the grace",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const stubborn =
        sh("trap '' TERM; echo one; while :; do sleep 1; done");
    auto const done =
        run(stubborn | first(1) | capture, {.teardown = {{.grace = 50ms}}});
    CHECK(done.out == "one\n");
    CHECK(done.stages[0].status.signal() == SIGKILL);
    CHECK(done.stages[0].forgiven);
    CHECK(done);
}

TEST_CASE("a failure in front of a stage counts", "[ranges][stage][status]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("echo a; exit 3") | exclaim();
    auto const done = run(failing | capture);
    CHECK_FALSE(done);
    CHECK(done.returncode == 3);
    CHECK(done.out == "a!\n");
    CHECK_THROWS_AS(check(failing | copy() | capture), CalledProcessError);
    Strings got;
    CHECK_THROWS_AS(std::ranges::copy(failing | lines, std::back_inserter(got)),
                    CalledProcessError);
    CHECK(got == Strings{"a!"});
    auto const accepted = sh("echo a; exit 1").accept({0, 1}) | exclaim();
    CHECK(run(accepted | capture).returncode == 1);
    CHECK(run(accepted | capture));
}

TEST_CASE("what a stage throws ends the pipeline and is thrown to the caller",
          "[ranges][stage][fault:D06]")
{
    NoLeaks const no_leaks;
    auto const throws = stage(std::views::transform([](Line line) {
        if (line == "b")
            throw std::runtime_error("b is not wanted");
        return std::string(line);
    }));
    auto const message = [](auto const& attempt) {
        return message_of<std::runtime_error>(attempt);
    };
    auto const e = sh("echo a; echo b; exec sleep 60") | throws;
    CHECK(message([&] { check(e | sh("cat; exec sleep 60")); })
          == "b is not wanted");
    CHECK(message([&] { check(e > devnull); }) == "b is not wanted");
    CHECK(message([&] { static_cast<void>(read(e)); }) == "b is not wanted");
    CHECK(message([&] { lines_of_all(e); }) == "b is not wanted");
    CHECK(message([&] { lines_of_all(e | copy()); }) == "b is not wanted");
    CHECK(message([&] { start(e > devnull).wait(); }) == "b is not wanted");
    auto const at_once = stage([](LineRange) -> Strings {
        throw std::runtime_error("nothing at all");
    });
    CHECK(message([&] { check(print("a\n") | at_once | copy()); })
          == "nothing at all");
    CHECK(message([&] { lines_of_all(print("a\n") | at_once); })
          == "nothing at all");
}

TEST_CASE("a stage holds back what writes to it", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    std::size_t pulled = 0;
    auto const source = std::views::iota(0) | std::views::transform([&](int n) {
                            ++pulled;
                            return n;
                        });
    // The child behind reads nothing until it is told to: rings and pipes fill
    // up, and then nobody pulls.
    auto const gated =
        source | copy() | exclaim() | sh("read -r x; read -r y; exec true");
    check(gated);
    CHECK(pulled < 2'000'000);
}

TEST_CASE("stages in lists and groups take their turn", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    check(((print("a\n") | exclaim()) > file)
          && ((print("b\n") | exclaim()) >> file)
          && (cmd(child("copy")) < file) > directory / "g");
    CHECK(read_file(directory / "g") == "a!\nb!\n");
    auto const listed = seq(print("a\n"), print("b\n")) | exclaim();
    CHECK(read(listed) == "a!\nb!");
    auto const either = (cmd("no-such-program") | exclaim()) || print("c\n");
    CHECK(read(either) == "c");
    auto const part = seq(print("x\n") | exclaim(), print("y\n"));
    CHECK(read(part | copy()) == "x!\ny");
}

TEST_CASE("a list goes no further when C++ has read enough",
          "[ranges][stage][list]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const list = seq(sh("echo a; exec sleep 60"),
                          sh("echo x >" + (directory / "second")));
    auto const done = run(grouped(list) | first(1) | capture);
    CHECK(done);
    CHECK(done.out == "a\n");
    CHECK_FALSE(std::filesystem::exists(directory / "second"));
    CHECK_FALSE(done.stages[1].was_started());
}

TEST_CASE("stderr can be what a stage reads", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const noisy = sh("echo out; echo err >&2");
    auto const e = stderr_of(noisy > devnull) | exclaim();
    CHECK(read(e) == "err!");
    CHECK(lines_of_all(e) == Strings{"err!"});
}

TEST_CASE("a stage cuts its input as it is told", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const marked = [](LineOptions const& cut) {
        return stage(std::views::transform([](Line line) {
                         return '[' + std::string(line) + ']';
                     }),
                     cut);
    };
    CHECK(read(print("a:b:c") | marked({.delimiter = ':'})) == "[a]\n[b]\n[c]");
    CHECK(read(print("a\nb") | marked({.keep_ends = true})) == "[a\n]\n[b]");
    auto const same = stage(std::identity(), {.delimiter = ':'});
    CHECK(output_of(print("a:b:") | same | copy()) == "a:b:");
    CHECK_THROWS_AS(check(print("long line\n") | marked({.max_line = 4})),
                    LineTooLong);
}

TEST_CASE("a stage refuses options that say how a run goes", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    DryRun dry;
    auto const same = std::identity();
    for (auto const& options :
         {LineOptions{.check = false}, LineOptions{.timeout = 1s},
          LineOptions{.idle_timeout = 1s}, LineOptions{.drain = 1s},
          LineOptions{.stop = stop.token()},
          LineOptions{.teardown = {{.signal = 9}}},
          LineOptions{.containment = Containment::group},
          LineOptions{.executor = &dry}}) {
        CHECK_THROWS_AS(stage(same, options), std::invalid_argument);
        CHECK_THROWS_AS(stage(same, lines(options)), std::invalid_argument);
    }
    CHECK_THROWS_WITH(stage(same, lines({.timeout = 1s})),
                      "the input of a stage has no option timeout: give it to "
                      "the verb that runs the whole");
    CHECK_THROWS_AS(stage(same, chunks(10, {.timeout = 1s})),
                    std::invalid_argument);
    CHECK_THROWS_AS(stage(same, chunks({.check = false})),
                    std::invalid_argument);
    CHECK(read(print("a:b") | stage(same, lines({.delimiter = ':'})))
          == "a:b:");
}

TEST_CASE("a job with a stage needs nobody to drive it", "[ranges][stage][job]")
{
    NoLeaks const no_leaks;
    Job job = start((copy() | exclaim() | copy()) < Stdio::pipe > Stdio::pipe);
    job.in().write("a\n");
    job.in().flush();
    CHECK(job.out().readline() == "a!\n");
    job.in().close();
    CHECK(job.out().read() == "");
    CHECK(job.wait());
}

TEST_CASE("a job torn down ends its stages", "[ranges][stage][job]")
{
    NoLeaks const no_leaks;
    {
        Job const job =
            start((sh("echo a; exec sleep 60") | exclaim() | copy()) > devnull);
    }
    Job timed =
        start((sh("exec sleep 60") | exclaim()) > devnull, {.timeout = 50ms});
    CHECK_THROWS_AS(timed.wait(), TimeoutExpired);
}

TEST_CASE("a timeout ends composed C++ that finds nothing to write",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const never =
        std::views::filter([](std::string_view) { return false; });
    auto const e = std::views::iota(1) | stage(never) | copy();
    CHECK_THROWS_AS(check(e, {.timeout = 50ms}), TimeoutExpired);
    Job const job = start(e > devnull);
}

TEST_CASE("a message about a file of a stage or a tee names it",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const message = [](auto const& e) {
        return message_of<SpawnError>([&] { check(e); });
    };
    CHECK(message((print("a\n") | tee("/no/such/f")) > devnull)
          == "cannot start \"tee\": cannot open \"/no/such/f\": No such file "
             "or directory");
    CHECK(message((exclaim() < "/no/such/f") > devnull)
              .starts_with("cannot start \"stage\": cannot open"));
}

TEST_CASE("what is cut out of a line does not refer to the Line",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const second = [](Line line) {
        auto fields = line | std::views::split(',');
        auto const field = *std::ranges::next(fields.begin());
        return std::string(field.begin(), field.end());
    };
    CHECK(read(print("a,b,c\n") | stage(std::views::transform(second))) == "b");
    static_assert(std::ranges::borrowed_range<Line>);
    static_assert(std::ranges::borrowed_range<Chunk>);
}

TEST_CASE("what cannot be written to a file is told, not lost",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    try {
        check((print("a\n") | exclaim()) > "/dev/full");
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::no_space_on_device);
    }
    CHECK_THROWS_AS(check((print("a\n") | exclaim()) > "/no/such/file"),
                    SpawnError);
}

TEST_CASE("settings of a whole go to its commands, past its stages",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const e =
        (sh("echo $X") | exclaim() | sh("cat; echo $X")).env("X", "1");
    CHECK(read(e) == "1!\n1");
}
