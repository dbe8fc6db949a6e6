// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures that are shown: the bytes are written to our own stdout and stderr as
// they come, and kept.
#include "support/call_watch.hpp"
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/left_behind.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"
#include "support/screen.hpp"
#include "support/terminal.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <ranges>
#include <signal.h>
#include <string>
#include <termios.h>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// A thread that its destructor waits for. libc++ has no `std::jthread` yet.
class JoinedThread {
public:
    template <class F>
    explicit JoinedThread(F f) : thread_(std::move(f))
    {
    }
    JoinedThread(JoinedThread const&) = delete;
    JoinedThread& operator=(JoinedThread const&) = delete;
    ~JoinedThread()
    {
        if (thread_.joinable())
            thread_.join();
    }

    void join() { thread_.join(); }

private:
    std::thread thread_;
};

constexpr std::size_t mib = std::size_t{1024} * 1024;

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

Command copy()
{
    return cmd(child("copy"));
}

Command fill(std::size_t out, std::size_t err = 0)
{
    return cmd(child("fill"), out, err);
}

/// Writes "o" to stdout and "e" to stderr.
Command speak()
{
    return cmd(child("write_to"), 1, "o", 2, "e");
}

RunOptions const shown{.capture_output = true, .show = true};
RunOptions const only_shown{.show = true};

} // namespace

// --- what is shown -------------------------------------------------------------------

TEST_CASE("what is shown is kept, each stream on its own", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const done = run(speak(), shown);
              told.expect_equal(done.out, "o", "out");
              told.expect_equal(done.err, "e", "err");
              told.expect_equal(screen.rest(1), "o", "shown on stdout");
              told.expect_equal(screen.rest(2), "e", "shown on stderr");
          })
          == "");
}

TEST_CASE("every byte is shown as it is", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const bar = print(" 5%\r\x1b[K55%\r\xe9\xff");
              auto const done = run(bar > capture, only_shown);
              told.expect_equal(screen.rest(1), done.out, "the bytes");
              EXPECT_IN(told, done.out == " 5%\r\x1b[K55%\r\xe9\xff");
          })
          == "");
}

TEST_CASE("a prompt is shown while its program waits for the answer",
          "[job][show]")
{
    NoLeaks const no_leaks;
    auto const by_verb = GENERATE(0, 1, 2, 3);
    CAPTURE(by_verb);
    CHECK(with_screen([=](Complaints const& told, Screen& screen) {
              auto answers = make_pipe();
              JoinedThread const user([&] {
                  told.expect_equal(screen.next(1, 6), "name? ", "the prompt");
                  EXPECT_IN(told, ::write(answers.write_end.get(), "Bo\n", 3));
                  told.expect_equal(screen.next(1, 18), "you said Bo\nname? ",
                                    "the answer");
                  answers.write_end.close();
              });
              auto const asks = cmd(child("converse"), "name? ")
                              < Stdio(answers.read_end.get());
              auto const all =
                  by_verb == 0   ? run(asks, shown).out.str()
                  : by_verb == 1 ? check(asks > capture, only_shown).out.str()
                  : by_verb == 2
                      ? start(asks > capture, only_shown).wait().out.str()
                      : read(asks, only_shown);
              told.expect_equal(all, "name? you said Bo\nname? ", "kept");
          })
          == "");
}

TEST_CASE("a job that the caller steps shows its output", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto job = start(
                  speak(),
                  {.capture_output = true, .show = true, .pump = Pump::caller});
              while (!job.step()) {
                  ::pollfd item{job.fd(), POLLIN, 0};
                  ::poll(&item, 1, 50);
              }
              told.expect_equal(job.wait().out, "o", "out");
              told.expect_equal(screen.rest(1), "o", "shown on stdout");
              told.expect_equal(screen.rest(2), "e", "shown on stderr");
          })
          == "");
}

TEST_CASE("streams in one capture are shown in the order written",
          "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const mixed =
                  cmd(child("write_to"), 1, "a", 2, "b", 1, "c", 2, "d");
              auto const done = run(mixed > both(capture), only_shown);
              told.expect_equal(done.out, "abcd", "out");
              auto const other =
                  run(mixed > err(capture) > out_to_err, only_shown);
              told.expect_equal(other.err, "abcd", "err");
              told.expect_equal(screen.rest(1), "abcd", "shown on stdout");
              told.expect_equal(screen.rest(2), "abcd", "shown on stderr");
          })
          == "");
}

TEST_CASE("streams that are not captured stay as they are", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              TemporaryDirectory const directory;
              check(speak() > capture, only_shown);
              check(speak() > err(capture), only_shown);
              check(speak(), only_shown);
              check(speak() > both(directory / "f"), only_shown);
              told.expect_equal(screen.rest(1), "ooo", "on stdout");
              told.expect_equal(screen.rest(2), "eee", "on stderr");
          })
          == "");
}

TEST_CASE("a string of the caller is shown as a capture is", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              std::string out;
              std::string err_text;
              std::string third;
              check(cmd(child("write_to"), 1, "o", 2, "e", 3, "3") > to(out)
                        > err(to(err_text)) > fd(3, to(third)),
                    only_shown);
              told.expect_equal(out + err_text + third, "oe3", "kept");
              told.expect_equal(screen.rest(1), "o", "on stdout");
              told.expect_equal(screen.rest(2), "e", "on stderr");
          })
          == "");
}

TEST_CASE("stderr of every command in a pipeline is shown", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const done = run(speak() | (copy() > err(devnull))
                                        | sh("cat; printf E >&2"),
                                    only_shown);
              auto const all = run(speak() | sh("cat; printf E >&2"), shown);
              EXPECT_IN(told, bool(done) && bool(all));
              told.expect_equal(all.stages[0].err, "e", "of the first");
              told.expect_equal(all.stages[1].err, "E", "of the second");
              told.expect_equal(screen.rest(1), "oo", "on stdout");
              auto const errors = screen.rest(2);
              EXPECT_IN(told, errors == "eEeE" || errors == "eEEe");
          })
          == "");
}

TEST_CASE("the parts of a list are shown in turn", "[job][show][lists]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const e = seq(speak(), print("x") && (print("y") > devnull),
                                 print("z") > capture);
              auto const done = run(e, shown);
              told.expect_equal(done.captures.front().bytes, "z", "the last");
              told.expect_equal(screen.rest(1), "oxz", "on stdout");
              told.expect_equal(screen.rest(2), "e", "on stderr");
          })
          == "");
}

TEST_CASE("words of C++ are shown", "[job][show][stages]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const twice =
                  stage(std::views::transform([](std::string_view line) {
                      return std::string(line) + std::string(line);
                  }));
              told.expect_equal(read(print("a\nb\n") | twice, only_shown),
                                "aa\nbb", "kept");
              auto const many = std::views::iota(0, 100'000)
                              | std::views::transform(
                                    [](int i) { return std::to_string(i); });
              auto job =
                  start(many | stage(std::identity()) | capture, only_shown);
              told.expect_equal(screen.next(1, 6), "aa\nbb\n", "the words");
              auto const all = screen.next(1, 588'890);
              auto const kept = job.wait().out;
              EXPECT_IN(told, kept == all);
              EXPECT_IN(told, all.ends_with("\n99999\n"));
          })
          == "");
}

TEST_CASE("a stream is shown where it ends, and once", "[job][show][tee]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              TemporaryDirectory const directory;
              auto const one = run(print("1") | tee(capture), only_shown);
              told.expect_equal(one.out, "1", "a copy behind all");
              auto const two =
                  run(print("2") | tee(capture, directory / "f") | capture,
                      only_shown);
              told.expect_equal(two.out, "2", "a tee in front of a capture");
              auto const three = run(
                  (print("3") | tee(capture) | copy()) > devnull, only_shown);
              told.expect_equal(three.stages[0].out, "3", "a copy in between");
              auto const four = run(print("4") | tee(copy()), shown);
              told.expect_equal(four.out, "44", "a branch");
              told.expect_equal(screen.rest(1), "1244", "on stdout");
          })
          == "");
}

TEST_CASE("text mode and limits are for what is kept", "[job][show][text]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const latin = run(print("\xe9\r\n") > capture,
                                     {.show = true, .encoding = "latin-1"});
              told.expect_equal(latin.out, "é\n", "decoded");
              for (auto const excess :
                   {CaptureLimit::keep_head, CaptureLimit::keep_tail,
                    CaptureLimit::spill}) {
                  auto const done = run(
                      print("abc") > capture,
                      {.limit = {.bytes = 2, .excess = excess}, .show = true});
                  told.expect_equal(done.out,
                                    excess == CaptureLimit::keep_head   ? "ab"
                                    : excess == CaptureLimit::keep_tail ? "bc"
                                                                        : "abc",
                                    "kept");
              }
              told.expect_equal(screen.rest(1), "\xe9\r\nabcabcabc", "shown");
          })
          == "");
}

TEST_CASE("output that exceeds its limit is shown when that ends the run",
          "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              try {
                  check(cmd(child("write_then_wait"), "abc") > capture,
                        {.limit = {.bytes = 2}, .show = true});
                  told.complain("nothing was thrown");
              } catch (CaptureOverflow const&) {
              }
              told.expect_equal(screen.rest(1), "abc", "shown");
          })
          == "");
}

TEST_CASE("a retry shows every attempt", "[job][show][retry]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const fails = sh("printf x; exit 3") > capture;
              EXPECT_IN(told, !retry(fails, 2, 0s, only_shown));
              told.expect_equal(screen.rest(1), "xx", "shown");
          })
          == "");
}

// --- a stream of this process that is slow, or gone -----------------------------------

TEST_CASE("a slow reader slows the program down and loses nothing",
          "[job][show][guard]")
{
    NoLeaks const no_leaks;
    auto const is_job = GENERATE(true, false);
    CAPTURE(is_job);
    CHECK(with_screen([=](Complaints const& told, Screen& screen) {
              // More than all pipes and buffers on the way hold.
              constexpr auto size = 8 * mib;
              auto ended = make_pipe();
              auto const e = fill(size) > fd(5, ended.write_end.get());
              std::size_t kept = 0;
              JoinedThread runs([&] {
                  kept = is_job
                           ? start(e > capture, only_shown).wait().out.size()
                           : run(e > capture, only_shown).out.size();
              });
              EXPECT_IN(told, screen.next(1, 1) == "o"); // it has started
              ended.write_end.close();
              ::pollfd item{ended.read_end.get(), POLLIN, 0};
              EXPECT_IN(told, ::poll(&item, 1, 300) == 0);
              EXPECT_IN(told, screen.next(1, size - 1).size() == size - 1);
              runs.join();
              EXPECT_IN(told, kept == size);
          })
          == "");
}

TEST_CASE("two slow readers lose nothing", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              constexpr auto size = 3 * mib;
              auto job = start(fill(size, size), shown);
              JoinedThread const errors([&] {
                  EXPECT_IN(told,
                            screen.next(2, size) == std::string(size, 'e'));
              });
              EXPECT_IN(told, screen.next(1, size) == std::string(size, 'o'));
              auto const done = job.wait();
              EXPECT_IN(told, done.out.size() + done.err.size() == 2 * size);
          })
          == "");
}

TEST_CASE("a run waits for the reader of its last bytes", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const full = Screen::fill_up(1);
              auto job = start(print("last") > capture, only_shown);
              EXPECT_IN(told, !job.wait_for(300ms));
              screen.next(1, full);
              told.expect_equal(screen.next(1, 4), "last", "shown");
              told.expect_equal(job.wait().out, "last", "kept");
          })
          == "");
}

TEST_CASE("one slow stream keeps nothing from the other", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const full = Screen::fill_up(1);
              auto job = start(speak(), shown);
              told.expect_equal(screen.next(2, 1), "e", "on stderr");
              screen.next(1, full);
              told.expect_equal(screen.next(1, 1), "o", "on stdout");
              EXPECT_IN(told, bool(job.wait()));
          })
          == "");
}

TEST_CASE("a reader that has gone ends the showing and nothing else",
          "[job][show][sigpipe]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              ::signal(SIGPIPE, SIG_DFL);
              screen.leave(1);
              auto const done = run(fill(mib, 1), shown);
              EXPECT_IN(told, bool(done));
              EXPECT_IN(told, done.out.size() == mib);
              told.expect_equal(screen.rest(2), "e", "on stderr");
          })
          == "");
}

TEST_CASE("a reader that goes in the middle ends the showing and nothing else",
          "[job][show][sigpipe]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              ::signal(SIGPIPE, SIG_DFL);
              auto job = start(fill(8 * mib) > capture, only_shown);
              screen.next(1, 100'000);
              screen.leave(1);
              EXPECT_IN(told, job.wait().out.size() == 8 * mib);
          })
          == "");
}

TEST_CASE("a disk that is full ends the showing and nothing else",
          "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen&) {
              auto const full = open_fd("/dev/full", O_WRONLY);
              ::dup2(full.get(), 1);
              auto const done = run(fill(mib) > capture, only_shown);
              EXPECT_IN(told, done.out.size() == mib);
          })
          == "");
}

TEST_CASE("a closed stdout is an error before anything starts", "[job][show]")
{
    NoLeaks const no_leaks;
    auto const closed = GENERATE(1, 2);
    CHECK(with_screen([=](Complaints const& told, Screen&) {
              TemporaryDirectory const directory;
              auto const file = directory / "f";
              ::close(closed);
              auto const text = message_of<SpawnError>(
                  [&] { check(seq(cmd("touch", file), speak()), shown); });
              EXPECT_IN(told, text.find("descriptor " + std::to_string(closed))
                                  != text.npos);
              EXPECT_IN(told, !std::filesystem::exists(file));
              // The other stream is all that this one needs.
              auto const other = closed == 1 ? speak() > err(capture) > devnull
                                             : speak() > err(devnull) > devnull;
              check(other, only_shown);
          })
          == "");
}

// --- the end of a run ---------------------------------------------------------------

TEST_CASE("a time limit holds although nothing takes what is shown",
          "[job][show][timeout]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen&) {
              EXPECT_IN(told, at_some_limit([](auto limit) {
                            try {
                                check(fill(8 * mib) > capture,
                                      {.show = true, .timeout = limit});
                            } catch (TimeoutExpired const& late) {
                                return late.out().size() >= 64 * 1024;
                            }
                            return false;
                        }));
          })
          == "");
}

TEST_CASE("what was shown too slowly is in the result at a time limit",
          "[job][show][timeout]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen&) {
              Screen::fill_up(1);
              Screen::fill_up(2);
              auto const done = in_time([](auto limit) {
                  return run(
                      speak(),
                      {.capture_output = true, .show = true, .timeout = limit});
              });
              told.expect_equal(done.out, "o", "out");
              told.expect_equal(done.err, "e", "err");
              EXPECT_IN(told, done.drained);
          })
          == "");
}

TEST_CASE("a stop shows what came before", "[job][show][stop]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              StopSource source;
              JoinedThread const user([&] {
                  told.expect_equal(screen.next(1, 2), "ab", "shown");
                  source.request_stop();
              });
              try {
                  check(cmd(child("write_then_wait"), "ab") > capture,
                        {.show = true, .stop = source.token()});
                  told.complain("nothing was thrown");
              } catch (StopRequested const& stopped) {
                  told.expect_equal(stopped.out(), "ab", "kept");
              }
          })
          == "");
}

TEST_CASE("a drain limit shows what came before", "[job][show][drain]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              LeftBehind const plain;
              auto const done =
                  run(plain.command() > capture, {.show = true, .drain = 50ms});
              told.expect_equal(done.out, "now", "kept");
              EXPECT_IN(told, !done.drained);
              LeftBehind const behind;
              auto const words =
                  run(behind.command() | stage(std::identity()) | capture,
                      {.show = true, .drain = 50ms});
              told.expect_equal(words.out, "now\n", "words kept");
              EXPECT_IN(told, !words.drained);
              told.expect_equal(screen.rest(1), "nownow\n", "shown");
          })
          == "");
}

TEST_CASE("a drain limit is for pipes, and not for a slow reader of stdout",
          "[job][show][drain][guard]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto const full = Screen::fill_up(1);
              LeftBehind behind;
              auto job = start(behind.command() > capture,
                               {.show = true, .drain = 50ms});
              EXPECT_IN(told, !job.wait_for(300ms));
              behind.write(); // too late to be read
              screen.next(1, full);
              told.expect_equal(screen.next(1, 3), "now", "shown");
              auto const done = job.wait();
              told.expect_equal(done.out, "now", "kept");
              EXPECT_IN(told, !done.drained);
          })
          == "");
}

TEST_CASE("an outside process that never stops does not outlast a drain limit",
          "[job][show][drain]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              JoinedThread const user([&] { read_all(screen.reader(1)); });
              auto const done =
                  run(sh("\"$0\" & exit 0", child("write_forever")) > capture,
                      {.show = true, .drain = 100ms});
              EXPECT_IN(told, bool(done) && !done.drained);
              ::close(1);
          })
          == "");
}

TEST_CASE("words of C++ are kept when a time limit ends a run that is slow to "
          "show",
          "[job][show][stages][timeout][guard]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen&) {
              Screen::fill_up(1);
              auto const words =
                  std::views::iota(0, 1000) | std::views::transform([](int i) {
                      return std::to_string(i);
                  });
              EXPECT_IN(told, at_some_limit([&](auto limit) {
                            try {
                                check(seq(print("a\n"),
                                          words | stage(std::identity()))
                                          > capture,
                                      {.show = true, .timeout = limit});
                            } catch (TimeoutExpired const& late) {
                                return late.out().str().ends_with("\n999\n");
                            }
                            return false;
                        }));
          })
          == "");
}

TEST_CASE("a tee that is slow to show keeps no byte from its capture at a stop",
          "[job][show][tee][stop]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen&) {
              Screen::fill_up(1);
              TemporaryDirectory const directory;
              EXPECT_IN(told, at_some_limit([&](auto limit) {
                            try {
                                check((seq(print("a"), print("b"),
                                           cmd(child("write_then_wait"), "c"))
                                       | tee(directory / "f"))
                                          > capture,
                                      {.show = true, .timeout = limit});
                            } catch (TimeoutExpired const& late) {
                                return late.out() == "abc"
                                    && read_file(directory / "f") == "abc";
                            }
                            return false;
                        }));
          })
          == "");
}

// --- terminals ----------------------------------------------------------------------

TEST_CASE("a stopped terminal keeps no run beyond its limit", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& told) {
              Terminal const terminal;
              ::tcflow(terminal.line.get(), TCOOFF);
              ::dup2(terminal.line.get(), 1);
              ::dup2(terminal.line.get(), 2);
              auto const done = in_time([](auto limit) {
                  return run(
                      speak(),
                      {.capture_output = true, .show = true, .timeout = limit});
              });
              told.expect_equal(done.out, "o", "out");
              EXPECT_IN(told, (::fcntl(1, F_GETFL) & O_NONBLOCK) == 0);
          })
          == "");
}

TEST_CASE("no write that shows something can block", "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              constexpr auto size = 3 * mib;
              JoinedThread const out([&] { screen.next(1, size); });
              JoinedThread const errors([&] { screen.next(2, size); });
              CallWatch const watch;
              auto const done =
                  run(fill(size, size),
                      {.capture_output = true, .show = true, .timeout = 10s});
              EXPECT_IN(told, done.out.size() + done.err.size() == 2 * size);
              for (auto const& call : watch.violations())
                  told.complain(call);
              EXPECT_IN(told, watch.seen() > 0);
          })
          == "");
}

TEST_CASE("an open file that others share is not made non-blocking to show",
          "[job][show]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen&) {
              check(speak(), shown);
              EXPECT_IN(told, (::fcntl(1, F_GETFL) & O_NONBLOCK) == 0);
              EXPECT_IN(told, (::fcntl(2, F_GETFL) & O_NONBLOCK) == 0);
          })
          == "");
}
