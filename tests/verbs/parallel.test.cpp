// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The elements of a range as jobs: range | parallel(n).
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <ranges>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using std::views::iota;
using std::views::transform;

static_assert(std::ranges::input_range<ParallelRange>);
static_assert(!std::ranges::forward_range<ParallelRange>);
static_assert(std::ranges::view<ParallelRange>);

namespace {

Command quick(int code = 0)
{
    return cmd(child("exit_with"), code);
}

Command print(int number)
{
    return cmd(child("print"), std::to_string(number));
}

std::vector<std::string> outputs(ParallelRange range)
{
    std::vector<std::string> all;
    for (Finished const& done : range)
        all.push_back(done.result.out.str());
    return all;
}

/// Runs nothing: every program has ended at once.
class Nothing final : public Executor {
public:
    std::unique_ptr<Running> start(Program program, RunOptions const&) override
    {
        auto result = successful(program);
        return finished(std::move(program), std::move(result));
    }
};

} // namespace

TEST_CASE("each element of a range is run, and gives one result", "[parallel]")
{
    NoLeaks const no_leaks;
    std::vector<std::size_t> seen;
    for (Finished const& done : iota(0, 20) | transform(quick) | parallel(4)) {
        seen.push_back(done.index);
        CHECK(done.result.returncode == static_cast<int>(done.index));
    }
    std::ranges::sort(seen);
    CHECK(std::ranges::equal(seen, iota(0u, 20u)));
}

TEST_CASE("results come in the order of the range if asked", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const jobs = GENERATE(1u, 3u, 16u);
    auto const all = outputs(iota(0, 30) | transform(print)
                             | parallel({.jobs = jobs,
                                         .order = ResultOrder::input,
                                         .output = JobOutput::captured}));
    CHECK(std::ranges::equal(
        all, iota(0, 30) | transform([](int i) { return std::to_string(i); })));
}

TEST_CASE("an element may be a pair of a key and an expression", "[parallel]")
{
    NoLeaks const no_leaks;
    std::vector<std::pair<std::string, Pipeline>> const steps{
        {"first", quick(1)}, {"second", quick() | quick(2)}};
    for (Finished const& done : steps | parallel(2))
        CHECK(done.result.returncode == (done.key == "first" ? 1 : 2));
}

TEST_CASE("the key of an element may be a number or a path", "[parallel]")
{
    NoLeaks const no_leaks;
    std::map<int, Pipeline> const numbered{{3, quick(1)}};
    for (Finished const& done : numbered | parallel(2))
        CHECK(done.key == "3");
    std::vector<std::pair<std::filesystem::path, Pipeline>> const named{
        {"/etc", quick()}};
    for (Finished const& done : named | parallel(2))
        CHECK(done.key == "/etc");
    JobSet set;
    set.add(quick(), 17UL);
    CHECK(set.next()->key == "17");
    set.add(quick());
    CHECK(set.next()->key.empty());
}

TEST_CASE("elements are taken only when there is room for another job",
          "[parallel]")
{
    NoLeaks const no_leaks;
    std::size_t taken = 0;
    std::size_t given = 0;
    auto const counted = transform([&](int) {
        ++taken;
        return quick();
    });
    for (Finished const& done : iota(0) | counted | parallel(3)) {
        CHECK(bool(done));
        ++given;
        CHECK(taken <= given + 12); // the window is four times as large
        if (given == 20)
            break;
    }
    CHECK(taken >= given);
}

TEST_CASE("no element is taken while as many jobs run as may", "[parallel]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    std::size_t taken = 0;
    auto const one_ends = transform([&](int i) -> Pipeline {
        ++taken;
        return i == 0 ? Pipeline(quick())
                      : Pipeline(cmd(child("copy")) < Stdio(gate.read_end.get())
                                 > "/dev/null");
    });
    auto const range = iota(0) | one_ends | parallel(3);
    CHECK(range.begin()->index == 0);
    CHECK(taken >= 1);
    CHECK(taken <= 3);
    gate.write_end.close();
}

TEST_CASE("nothing is taken before the first iterator", "[parallel]")
{
    NoLeaks const no_leaks;
    bool is_taken = false;
    auto const range = iota(0, 1) | transform([&](int) {
                           is_taken = true;
                           return quick();
                       })
                     | parallel(1);
    CHECK_FALSE(is_taken);
    static_cast<void>(range.begin());
    CHECK(is_taken);
}

TEST_CASE("a slow first job holds up no more than the window", "[parallel]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    int taken = 0;
    auto const slow_first = transform([&](int i) -> Pipeline {
        if (taken++ == 10)
            throw std::runtime_error("too many were taken");
        // The last one that fits into the window opens the gate.
        if (i == 9)
            gate.write_end.close();
        return i == 0 ? Pipeline(cmd(child("copy")) < Stdio(gate.read_end.get())
                                 > "/dev/null")
                      : Pipeline(quick());
    });
    std::size_t next = 0;
    auto const range =
        iota(0, 100) | slow_first
        | parallel({.jobs = 2, .order = ResultOrder::input, .window = 10});
    auto at = range.begin();
    CHECK(at->index == next);
    CHECK(taken == 10);
}

TEST_CASE("leaving early ends what runs", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const forever = transform([](int i) {
        return i == 0
                 ? Pipeline(quick())
                 : Pipeline(cmd(child("sleep_until_killed")) > "/dev/null");
    });
    for (Finished const& done : iota(0) | forever | parallel(5)) {
        CHECK(done.index == 0);
        break;
    }
}

TEST_CASE("an exception of the range comes after the results of its elements",
          "[parallel]")
{
    NoLeaks const no_leaks;
    auto const order = GENERATE(ResultOrder::completion, ResultOrder::input);
    auto const broken = transform([](int i) {
        if (i == 5)
            throw std::runtime_error("broken");
        return quick();
    });
    int count = 0;
    auto const read = [&] {
        for (Finished const& done :
             iota(0) | broken | parallel({.jobs = 2, .order = order}))
            count += bool(done);
    };
    CHECK_THROWS_WITH(read(), "broken");
    CHECK(count == 5);
}

TEST_CASE("an element that cannot be run at all ends the range like that",
          "[parallel]")
{
    NoLeaks const no_leaks;
    auto const wrong = transform([](int i) {
        return i == 3 ? Pipeline(cmd("cat") < Stdio::pipe) : Pipeline(quick());
    });
    int count = 0;
    auto const read = [&] {
        for (Finished const& done : iota(0) | wrong | parallel(2))
            count += bool(done);
    };
    CHECK_THROWS_AS(read(), std::invalid_argument);
    CHECK(count == 3);
}

TEST_CASE("while the range waits for its next element, jobs go on",
          "[parallel]")
{
    NoLeaks const no_leaks;
    // The first job writes more than a pipe holds, and then to `news`, which the
    // second element waits for. So somebody must read the output of the first job.
    auto news = make_pipe();
    auto const elements = transform([&](int i) -> Pipeline {
        if (i == 0)
            return cmd(child("fill"), 1 << 20, 0)
                && (cmd(child("print"), "n") > Stdio(news.write_end.get()));
        char byte = 0;
        CHECK(::read(news.read_end.get(), &byte, 1) == 1);
        return quick();
    });
    std::size_t size = 0;
    for (Finished const& done :
         iota(0, 2) | elements
             | parallel({.jobs = 2, .output = JobOutput::captured}))
        size += done.result.captures.front().bytes.size();
    CHECK(size == 1 << 20);
}

TEST_CASE("a range of results is read once", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const range = iota(0, 3) | transform(quick) | parallel(2);
    CHECK(std::ranges::distance(range) == 3);
    CHECK_THROWS_AS(range.begin(), std::logic_error);
}

TEST_CASE("results go on through views, and can be kept", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const failed = [](Finished const& done) { return !done; };
    auto kept = iota(0, 6) | transform(quick)
              | parallel({.jobs = 3, .order = ResultOrder::input})
              | std::views::filter(failed) | to_vector;
    REQUIRE(kept.size() == 5);
    CHECK(kept.front().index == 1);
}

TEST_CASE("after the first failure nothing more is taken if asked",
          "[parallel]")
{
    NoLeaks const no_leaks;
    int failures = 0;
    int stopped = 0;
    for (Finished const& done :
         iota(0) | transform([](int i) { return quick(i == 7); })
             | parallel({.jobs = 2, .stop_on_failure = true})) {
        failures += !done.error && !done;
        stopped += done.error != nullptr;
    }
    CHECK(failures == 1);
    CHECK(stopped <= 2);
}

TEST_CASE("a stop request ends an endless range", "[parallel]")
{
    NoLeaks const no_leaks;
    StopSource source;
    int count = 0;
    for (Finished const& done :
         iota(0) | transform([](int) { return quick(); })
             | parallel({.jobs = 2, .run = {.stop = source.token()}})) {
        if (++count == 5)
            source.request_stop();
        CHECK((bool(done) || count > 5));
    }
    CHECK(count < 20);
}

TEST_CASE("lines of a process can be the elements", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const names = cmd(child("print"), "a\nb\nc\n") | lines;
    auto const echo = transform(
        [](std::string_view line) { return cmd(child("print"), line); });
    CHECK(outputs(names | echo
                  | parallel({.jobs = 2,
                              .order = ResultOrder::input,
                              .output = JobOutput::captured}))
          == Strings{"a", "b", "c"});
}

TEST_CASE("jobs may run jobs", "[parallel]")
{
    NoLeaks const no_leaks;
    int count = 0;
    auto const outer = transform([&](int) {
        for (Finished const& inner :
             iota(0, 3) | transform(quick) | parallel(2))
            count += inner.result.returncode;
        return quick();
    });
    for (Finished const& done : iota(0, 4) | outer | parallel(2))
        CHECK(bool(done));
    CHECK(count == 4 * 3);
}

TEST_CASE("an empty range has no results", "[parallel]")
{
    NoLeaks const no_leaks;
    CHECK(std::ranges::distance(iota(0, 0) | transform(quick) | parallel(2))
          == 0);
    CHECK(std::ranges::distance(ParallelRange()) == 0);
}

TEST_CASE("many elements pass through a small window", "[parallel]")
{
    NoLeaks const no_leaks;
    Nothing nothing;
    std::size_t count = 0;
    for (Finished const& done : iota(0, 20'000)
                                    | transform([](int) { return cmd("x"); })
                                    | parallel({.jobs = 8,
                                      .order = ResultOrder::input,
                                      .run = {.executor = &nothing}}))
        CHECK(done.index == count++);
    CHECK(count == 20'000);
}

// --- as a stage --------------------------------------------------------------------------

TEST_CASE("a stage runs a command for each of its lines, side by side",
          "[parallel]")
{
    NoLeaks const no_leaks;
    auto const twice = [](std::string_view line) {
        return cmd(child("print"), std::string(line) + std::string(line));
    };
    Strings const words{"c", "a", "b"};
    CHECK(read(words | parallel_stage(twice, 2) | cmd("sort")) == "aa\nbb\ncc");
    CHECK(read(cmd(child("print"), "c\na\nb\n")
               | parallel_stage(twice, {.jobs = 3, .order = ResultOrder::input})
               | cmd(child("copy")))
          == "cc\naa\nbb");
    CHECK(collect(words | parallel_stage(twice, {.order = ResultOrder::input})
                  | lines)
          == Strings{"cc", "aa", "bb"});
}

TEST_CASE("such a stage passes every byte on, and whole lines", "[parallel]")
{
    NoLeaks const no_leaks;
    std::string const bytes("a\0\xff\n\nb", 6);
    Strings const words{"x", "y"};
    auto const same = [](Line) { return cmd(child("copy")); };
    CHECK(
        run((words | parallel_stage(same, {.run = {.input = bytes}})) > capture)
            .out
        == bytes + '\n' + bytes + '\n');
}

TEST_CASE("a job that fails fails its stage after the others", "[parallel]")
{
    NoLeaks const no_leaks;
    Strings const words{"1", "0", "2", "0"};
    auto const speaks = [](std::string_view line) {
        return line == "0" ? Pipeline(cmd(child("print"), "good"))
                           : Pipeline(cmd(child("exit_with"), line));
    };
    std::string out;
    auto const e =
        (words
         | parallel_stage(speaks, {.jobs = 2, .order = ResultOrder::input}))
        > to(out);
    CHECK_THROWS_AS(run(e), CalledProcessError);
    CHECK(out == "good\ngood\n");
}

TEST_CASE(
    "jobs whose bytes go to files and to shared streams come to their end",
    "[parallel]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const to_file = [&](int number) {
        return together(print(number), print(number))
             > directory / std::to_string(number);
    };
    for (Finished const& done : iota(0, 6) | transform(to_file) | parallel(3))
        CHECK(bool(done));
    CHECK(read_file(directory / "5") == "5\n5");
    CHECK(in_private_process([&](Complaints const& told) {
              auto const log = open_fd(directory / "log", O_CREAT | O_WRONLY);
              auto out = make_pipe();
              for (int const to : {log.get(), out.write_end.get()}) {
                  ::dup2(to, 1);
                  auto const teed = [](int number) {
                      return print(number) | tee(devnull);
                  };
                  for (Finished const& done :
                       iota(0, 4) | transform(teed) | parallel(4))
                      EXPECT_IN(told, bool(done));
              }
              ::close(1);
              out.write_end.close();
              auto shown = read_all(out.read_end.get());
              std::ranges::sort(shown);
              told.expect_equal(shown, "0123", "shown");
              told.expect_equal(
                  std::to_string(read_file(directory / "log").size()), "4",
                  "bytes in the file");
          })
          == "");
}

TEST_CASE("what all commands of a job write is captured", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const list = [](int number) { return print(number) && print(number); };
    for (auto const output : {JobOutput::captured, JobOutput::stdout_captured})
        CHECK(
            outputs(iota(1, 3) | transform(list)
                    | parallel({.order = ResultOrder::input, .output = output}))
            == std::vector<std::string>{"11", "22"});
    auto const speaks = [](int) { return sh("echo o; echo e >&2"); };
    for (Finished const& done :
         iota(0, 2) | transform(speaks)
             | parallel({.jobs = 1, .output = JobOutput::captured})) {
        CHECK(done.result.out == "o\n");
        CHECK(done.result.stages[0].err == "e\n");
    }
    std::vector<std::string> const words{"a"};
    auto const both = [](std::string_view word) {
        return cmd("echo", word) && cmd("echo", word);
    };
    CHECK(read(words | parallel_stage(both, 1)) == "a\na");
}

TEST_CASE("a stage of jobs does not need their output", "[parallel]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{"a", "b"};
    auto const silent = [](std::string_view) {
        return cmd(child("print"), "x") > devnull;
    };
    CHECK(read(words | parallel_stage(silent, 2)) == "");
    auto const missing = [](std::string_view word) {
        return word == "a" ? Pipeline(cmd("/no/such/program"))
                           : Pipeline(cmd("echo", word));
    };
    std::string kept;
    CHECK_THROWS_AS(run((words | parallel_stage(missing, 2)) > to(kept)),
                    SpawnError);
    CHECK(kept == "b\n");
}

TEST_CASE("the input of jobs may be a temporary", "[parallel]")
{
    NoLeaks const no_leaks;
    auto const copies = [](int) { return cmd(child("copy")); };
    auto const many = parallel({.output = JobOutput::captured,
                                .run = {.input = std::string(200, 'q')}});
    for (Finished const& done : iota(0, 3) | transform(copies) | many)
        CHECK(done.result.out == std::string(200, 'q'));
    std::vector<std::string> const words{"a"};
    auto const jobs =
        words
        | parallel_stage([](std::string_view) { return cmd(child("copy")); },
                         {.run = {.input = std::string(200, 'r')}});
    CHECK(read(jobs) == std::string(200, 'r'));
}

TEST_CASE("by default as many jobs run as this process has processors",
          "[parallel]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& told) {
              cpu_set_t one;
              CPU_ZERO(&one);
              CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
              ::sched_setaffinity(0, sizeof one, &one);
              EXPECT_IN(told, JobSet().room() == 1);
          })
          == "");
}
