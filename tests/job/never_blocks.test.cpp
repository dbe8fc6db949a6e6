// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Whatever a job writes to, and whoever else writes there: its deadlines hold,
// and no byte of a capture is lost.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"
#include "support/terminal.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;
constexpr auto limit = 12s; // a private process has 15

/// Writes `count` bytes to stdout and as many to stderr, both at once.
Command noisy(std::size_t count)
{
    auto const fill = child("fill");
    return sh("\"$0\" \"$1\" & \"$0\" 0 \"$1\"; wait", fill, count);
}

/// Runs on and on, unless its time limit holds.
void expect_expired(Complaints const& complaints, std::string_view what,
                    std::function<void()> const& endless)
{
    try {
        endless();
        complaints.complain(std::string(what) + " came to an end");
    } catch (TimeoutExpired const&) {
    }
}

} // namespace

// --- a capture that children write to as well --------------------------------------

TEST_CASE("a tee writes to a capture that stderr is led into",
          "[job][tee][found:B16]")
{
    CHECK(in_private_process([](Complaints const& complaints) {
              auto const size = 30 * mib;
              auto const done =
                  run((noisy(size) | tee(devnull)) > both(capture),
                      {.timeout = limit});
              EXPECT_IN(complaints, done.out.size() == 2 * size);
          })
          == "");
}

TEST_CASE("a tee writes to a range that stderr is led into",
          "[job][tee][found:B16]")
{
    CHECK(in_private_process([](Complaints const& complaints) {
              auto const size = 30 * mib;
              std::size_t seen = 0;
              auto const e = (noisy(size) | tee(devnull)) > err_to_out;
              for (auto const& piece : e | chunks(65536, {.timeout = limit}))
                  seen += piece.size();
              EXPECT_IN(complaints, seen == 2 * size);
          })
          == "");
}

TEST_CASE("a tee writes to a capture that its branch writes to as well",
          "[job][tee][found:B16]")
{
    CHECK(in_private_process([](Complaints const& complaints) {
              auto const size = 40 * mib;
              auto const done =
                  run((cmd(child("fill"), size) | tee(cmd(child("copy"))))
                          > capture,
                      {.timeout = limit});
              EXPECT_IN(complaints, done.out.size() == 2 * size);
          })
          == "");
}

TEST_CASE("a tee writes to a capture that a child left behind writes to",
          "[job][tee][lists][found:B16]")
{
    CHECK(in_private_process([](Complaints const& complaints) {
              auto const size = 40 * mib;
              auto const leaves =
                  sh("\"$0\" \"$1\" & exit 0", child("fill"), size);
              auto const done =
                  run(seq(leaves, cmd(child("fill"), size) | tee(devnull))
                          | capture,
                      {.timeout = limit});
              EXPECT_IN(complaints, done.out.size() == 2 * size);
          })
          == "");
}

TEST_CASE("C++ writes to a capture that children write to as well",
          "[job][stages][found:B16]")
{
    CHECK(in_private_process([](Complaints const& complaints) {
              auto const size = 30 * mib;
              auto const words =
                  std::views::iota(0, 300'000) | std::views::transform([](int) {
                      return std::string(100, 'w');
                  });
              auto const done =
                  run(seq(sh("\"$0\" \"$1\" & exit 0", child("fill"), size),
                          words | stage(std::identity()))
                          | capture,
                      {.timeout = limit});
              EXPECT_IN(complaints, done.out.size() == size + 300'000 * 101);
          })
          == "");
}

// --- a terminal that nobody reads --------------------------------------------------

TEST_CASE("a terminal that takes no more keeps no job beyond its limit",
          "[job][tee][stages][found:A15]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        Terminal const terminal;
        Stdio const tty(terminal.line.get());
        RunOptions const options{.timeout = 300ms};
        auto const yes = cmd("yes");
        expect_expired(told, "a copy for a terminal", [&] {
            check((yes | tee(tty) | cmd("cat")) > devnull, options);
        });
        expect_expired(told, "a tee that leads to a terminal",
                       [&] { check((yes | tee(devnull)) > tty, options); });
        expect_expired(told, "C++ words to a terminal", [&] {
            check((yes | stage(std::identity())) > tty, options);
        });
        ::dup2(terminal.line.get(), 1);
        expect_expired(told, "an inherited terminal",
                       [&] { check(yes | tee(devnull), options); });
    });
    CHECK(complaints == "");
}

TEST_CASE("a terminal stopped by Ctrl-S keeps no job beyond its limit",
          "[job][tee][found:A15]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        Terminal const terminal;
        ::tcflow(terminal.line.get(), TCOOFF);
        Stdio const tty(terminal.line.get());
        expect_expired(told, "a stopped terminal", [&] {
            check((cmd(child("print"), "a\n") | tee(tty)) > devnull,
                  {.timeout = 300ms});
        });
    });
    CHECK(complaints == "");
}

// --- what others share stays as it is ----------------------------------------------

TEST_CASE("no open file that a job did not make is made non-blocking",
          "[job][tee][stages][found:B7]")
{
    NoLeaks const no_leaks;
    Terminal const terminal;
    auto const pipe = make_pipe();
    auto const input = make_pipe();
    CHECK(::write(input.write_end.get(), "a\n", 2) == 2);
    auto const print_a = cmd(child("print"), "a\n");
    for (int const fd : {terminal.line.get(), pipe.write_end.get()}) {
        check((print_a | tee(fd)) > devnull);
        check((print_a | tee(devnull)) > Stdio(fd));
        check((print_a | stage(std::identity())) > Stdio(fd));
        CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    }
    check((first(1) < Stdio(input.read_end.get())) > devnull);
    CHECK((::fcntl(input.read_end.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("C++ and tees do not write to a stdout that is closed",
          "[job][stage][tee]")
{
    auto const wrong = in_private_process([](Complaints const& complaints) {
        ::close(1);
        auto const says = [](Expression const& e) {
            try {
                static_cast<void>(run(e));
                return std::string("nothing");
            } catch (std::system_error const& error) {
                return std::string(error.what());
            }
        };
        auto const same =
            stage(std::views::filter([](std::string_view) { return true; }));
        for (int i = 0; i < 10; ++i)
            for (Expression const& e :
                 {Pipeline(cmd(child("print"), "x") | same),
                  Pipeline(cmd(child("print"), "x") | tee(devnull))})
                EXPECT_IN(complaints,
                          says(e).starts_with("cannot write to stdout of this "
                                              "process"));
    });
    CHECK(wrong == "");
}

// --- jobs that wait for each other ------------------------------------------------

namespace {

/// Two jobs whose output is larger than a pipe. The first ends after the second
/// has written all of its output, and the second writes after the first has.
struct Pair {
    explicit Pair(Pump pump)
        : first(start(sh("cat /dev/zero | head -c 1000000; echo go >a; read x "
                         "<b; echo $x")
                              .cwd(folder.path())
                          > capture,
                      {.timeout = limit, .pump = pump})),
          second(
              start(sh("read x <a; cat /dev/zero | head -c 1000000; echo on >b")
                            .cwd(folder.path())
                        > capture,
                    {.timeout = limit, .pump = pump}))
    {
    }

    struct Folder : TemporaryDirectory {
        Folder()
        {
            for (auto const* const name : {"a", "b"})
                REQUIRE(::mkfifo((path() / name).c_str(), 0600) == 0);
        }
    };

    Folder folder;
    Job first;
    Job second;
};

} // namespace

TEST_CASE("jobs that wait for each other go on while one of them is waited for",
          "[job][fault:X05]")
{
    NoLeaks const no_leaks;
    Pair pair(Pump::thread);
    auto const first = pair.first.wait();
    CHECK(first.out.size() == 1'000'003);
    CHECK(first.out.str().ends_with("on\n"));
    CHECK(pair.second.wait().out.size() == 1'000'000);
}

TEST_CASE("a set of jobs moves all of them while one end is waited for",
          "[job][ends][fault:X05]")
{
    NoLeaks const no_leaks;
    Pair pair(Pump::caller);
    WaitSet set;
    set.add(pair.first);
    set.add(pair.second);
    while (set.wait())
        ;
    CHECK(pair.first.wait().out.size() == 1'000'003);
    CHECK(pair.second.wait().out.size() == 1'000'000);
}
