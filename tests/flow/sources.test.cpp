// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ranges on the left of a pipe.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/generator.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <future>
#include <list>
#include <memory>
#include <set>
#include <sstream>
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

template <class E>
std::string output_of(E const& expression)
{
    return run(expression | capture).out.str();
}

Generator<std::string> numbers_from(int n)
{
    for (;; ++n)
        co_yield std::to_string(n);
}

} // namespace

TEST_CASE("a range feeds a command, one line for each element", "[ranges][in]")
{
    NoLeaks const no_leaks;
    Strings const words{"pear", "apple", "fig"};
    auto const sorted = words | cmd("sort");
    CHECK(output_of(sorted) == "apple\nfig\npear\n");
    CHECK(output_of(Strings{} | copy()) == "");
    CHECK(output_of(Strings{"", ""} | copy()) == "\n\n");
}

TEST_CASE("whatever is a word of a command is an element", "[ranges][in]")
{
    NoLeaks const no_leaks;
    CHECK(output_of(std::views::iota(-1, 3) | copy()) == "-1\n0\n1\n2\n");
    std::vector<std::string_view> const views{"a", "b"};
    CHECK(output_of(views | copy()) == "a\nb\n");
    char const* const literals[] = {"x", "y"};
    CHECK(output_of(literals | copy()) == "x\ny\n");
    std::list<std::filesystem::path> const paths{"/tmp", "a b"};
    CHECK(output_of(paths | copy()) == "/tmp\na b\n");
    std::set<std::string> const set{"2", "1"};
    CHECK(output_of(set | copy()) == "1\n2\n");
    auto const made = std::views::iota(0, 3) | std::views::transform([](int n) {
                          return std::string(std::size_t(n), '*');
                      });
    CHECK(output_of(made | copy()) == "\n*\n**\n");
}

TEST_CASE("a null pointer among the words is refused", "[ranges][in]")
{
    NoLeaks const no_leaks;
    std::vector<char const*> const words{"a", nullptr};
    CHECK_THROWS_AS(check((words | copy()) > devnull), std::invalid_argument);
}

TEST_CASE("spans of bytes are written as they are", "[ranges][in]")
{
    NoLeaks const no_leaks;
    auto const bytes = [](std::string_view text) {
        auto const span = std::as_bytes(std::span(text.data(), text.size()));
        return std::vector<std::byte>(span.begin(), span.end());
    };
    std::vector<std::vector<std::byte>> const parts{
        bytes("no "), bytes(""), bytes(std::string_view("end\0\n\xff", 6))};
    CHECK(output_of(parts | copy()) == std::string_view("no end\0\n\xff", 9));
}

TEST_CASE("an lvalue is borrowed, an rvalue is owned", "[ranges][in]")
{
    NoLeaks const no_leaks;
    Strings words{"a"};
    auto const borrowed = words | copy();
    auto const owned = Strings(words) | copy();
    words.push_back("b");
    CHECK(output_of(borrowed) == "a\nb\n");
    CHECK(output_of(owned) == "a\n");
}

TEST_CASE("a range that can be walked again can be run again", "[ranges][in]")
{
    NoLeaks const no_leaks;
    Strings const words{"a", "b"};
    auto const longer =
        words | std::views::filter([](std::string_view w) { return w != "a"; });
    auto const e = longer | copy();
    CHECK(output_of(e) == "b\n");
    CHECK(output_of(e) == "b\n");
}

TEST_CASE("a single-pass range can be run once", "[ranges][in]")
{
    NoLeaks const no_leaks;
    auto const once = numbers_from(1) | std::views::take(2) | copy();
    CHECK(output_of(once) == "1\n2\n");
    CHECK_THROWS_AS(run(once), std::logic_error);
    CHECK(message_of<std::logic_error>([&] { check(once); })
          == "a single-pass range was written to a process already: it can be "
             "run once");
    std::istringstream stream("x y");
    auto const twice =
        grouped(std::views::istream<std::string>(stream) | copy());
    CHECK_THROWS_AS(run(twice && twice), std::logic_error);
    CHECK(output_of(twice) == "x\ny\n");
}

TEST_CASE("a run that does not begin leaves a single-pass range alone",
          "[ranges][in]")
{
    NoLeaks const no_leaks;
    auto source = std::make_shared<int>(0);
    auto const pulled =
        std::views::iota(0, 2)
        | std::views::transform([source](int n) { return n + ++*source; });
    CHECK_THROWS_AS(run(pulled | cmd("no-such-program")), SpawnError);
    CHECK_THROWS_AS(run(pulled | copy() | cmd("no-such-program")), SpawnError);
    CHECK(*source == 0);
    std::istringstream stream("x y");
    Pipeline const once =
        std::views::istream<std::string>(stream) | cmd(child("copy"));
    CHECK_THROWS_AS(run(once | cmd("no-such-program")), SpawnError);
    CHECK(output_of(once) == "x\ny\n");
}

TEST_CASE("a range goes through a process to a range to a process",
          "[ranges][in]")
{
    NoLeaks const no_leaks;
    Strings const words{"b", "a", "c", "a"};
    auto const upper = [](std::string_view line) {
        return "<" + std::string(line) + ">";
    };
    auto const top = words | cmd("sort") | lines | std::views::transform(upper)
                   | cmd("uniq") | lines
                   | std::views::filter(
                         [](std::string_view line) { return line != "<b>"; })
                   | cmd(child("copy")) | cmd(child("copy")) | lines;
    Strings got;
    std::ranges::copy(top, std::back_inserter(got));
    CHECK(got == Strings{"<a>", "<c>"});
}

TEST_CASE("an infinite range ends when its reader goes", "[ranges][in]")
{
    NoLeaks const no_leaks;
    auto const head = numbers_from(1) | cmd("head", "-n", 2);
    CHECK(output_of(head) == "1\n2\n");
    auto const done = run(std::views::iota(0) | cmd(child("exit_with"), 3));
    CHECK(done.returncode == 3);
    Strings got;
    for (std::string_view const line :
         numbers_from(1) | copy() | lines | std::views::take(3))
        got.emplace_back(line);
    CHECK(got == Strings{"1", "2", "3"});
}

TEST_CASE("an element is on its way before the next one is asked for",
          "[ranges][in]")
{
    NoLeaks const no_leaks;
    std::promise<void> seen;
    auto const conversation = [&]() -> Generator<std::string> {
        co_yield "first";
        seen.get_future().wait();
        co_yield "second";
    };
    Strings got;
    for (std::string_view const line : conversation() | copy() | lines) {
        got.emplace_back(line);
        if (got.size() == 1)
            seen.set_value();
    }
    CHECK(got == Strings{"first", "second"});
}

TEST_CASE("what a range throws ends the run and is thrown by it",
          "[ranges][in][fault:D06]")
{
    NoLeaks const no_leaks;
    auto const failing = []() -> Generator<std::string> {
        co_yield "first";
        throw std::runtime_error("no more");
    };
    std::string kept;
    CHECK(message_of<std::runtime_error>([&] {
              check((failing() | copy() | sh("cat; exec sleep 60")) > to(kept));
          })
          == "no more");
    auto const range = failing() | copy() | lines;
    CHECK(message_of<std::runtime_error>([&] {
              for (std::string_view const line : range)
                  CHECK(line == "first");
          })
          == "no more");
}

TEST_CASE("much goes through a range and a process without a deadlock",
          "[ranges][in][fault:X01]")
{
    NoLeaks const no_leaks;
    std::string const word(100, 'x');
    auto const much = std::views::iota(0, 100'000)
                    | std::views::transform(
                          [&](int) -> std::string const& { return word; });
    CHECK(output_of(much | copy() | copy()).size() == 10'100'000);
    CHECK(std::ranges::distance(much | copy() | lines) == 100'000);
    std::string const huge(3'000'000, 'y');
    CHECK(output_of(std::views::single(huge) | copy()) == huge + '\n');
}

TEST_CASE("a job reads a range while its caller does something else",
          "[ranges][in][job]")
{
    NoLeaks const no_leaks;
    Job job = start(std::views::iota(0, 1000) | cmd("wc", "-l") | capture);
    CHECK(job.wait().out.trimmed() == "1000");
    Job other = start((numbers_from(0) | copy()) > devnull);
    CHECK_FALSE(other.poll());
}

TEST_CASE("a timeout ends a range that has no end", "[ranges][in]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(
        check((numbers_from(0) | copy()) > devnull, {.timeout = 50ms}),
        TimeoutExpired);
}

TEST_CASE("runs of one expression at the same time have a view each",
          "[ranges][in][threads][fault:D04]")
{
    NoLeaks const no_leaks;
    auto const even = std::views::iota(0, 2000)
                    | std::views::filter([](int n) { return n % 2 == 0; });
    auto const e = even | cmd("wc", "-l");
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round)
                right += read(e) == "1000";
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(right == 20);
}

TEST_CASE("runs at the same time share a container that was moved in",
          "[ranges][in][found:D11]")
{
    NoLeaks const no_leaks;
    auto const owned = Strings{"a", "b"} | copy();
    CHECK(read(cmd("paste", "-d,", from(owned), from(owned))) == "a,a\nb,b");
    Job first_run = start(owned | capture);
    Job second_run = start(owned | capture);
    CHECK(second_run.wait().out == "a\nb\n");
    CHECK(first_run.wait().out == "a\nb\n");
}

TEST_CASE("runs at the same time share bytes that were moved in",
          "[ranges][in][found:D11]")
{
    NoLeaks const no_leaks;
    auto const owned = std::vector<unsigned char>{'a', '\n'} | copy();
    CHECK(read(cmd("paste", "-d,", from(owned), from(owned))) == "a,a");
}

TEST_CASE("two runs at once of a range that const cannot read are refused",
          "[ranges][in][found:D11]")
{
    NoLeaks const no_leaks;
    auto const owned = Strings{"a", "b"}
                     | std::views::filter(
                           [](std::string const& word) { return word != "b"; })
                     | copy();
    CHECK(message_of<std::logic_error>(
              [&] { check(cmd("paste", from(owned), from(owned)) > devnull); })
          == "a range or function that cannot be copied is in use by another "
             "run");
    CHECK(read(owned) == "a");
    CHECK(read(owned) == "a");
}
