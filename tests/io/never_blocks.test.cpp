// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// No thread of the library makes a call that can block, but for the waits that
// it means: whoever else holds what it reads and writes.
#include "support/call_watch.hpp"
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"
#include "support/terminal.hpp"

#include "io/no_wait_fd.hpp"
#include "io/outlet.hpp"
#include "sys/clock.hpp"
#include "sys/linux/calls.hpp"
#include "sys/pipe.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t size = std::size_t{3} * 1024 * 1024;
RunOptions const timed{.timeout = 30s};
RunOptions const brief{.timeout = 200ms};

Command fill(std::size_t out, std::size_t err = 0)
{
    return cmd(child("fill"), out, err);
}

Command copy()
{
    return cmd(child("copy"));
}

/// Writes to stdout and to stderr at once.
Command noisy()
{
    return sh("\"$0\" \"$1\" & \"$0\" 0 \"$1\"; wait", child("fill"), size);
}

auto words()
{
    return std::views::iota(0, 30'000)
         | std::views::transform([](int) { return std::string(100, 'w'); });
}

template <class Run>
bool expires(Run run)
{
    try {
        run();
    } catch (TimeoutExpired const&) {
        return true;
    }
    return false;
}

/// What the rule finds in `act`, one a line.
template <class Act>
std::string violations_in(Act act)
{
    CallWatch const watch;
    act();
    std::string all;
    for (auto const& each : watch.violations())
        all += each + '\n';
    if (watch.seen() == 0)
        all += "no call was seen";
    return all;
}

bool is_blocking(int fd)
{
    return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

/// Writes until there is no more room; how much went in.
std::size_t fill_up(Outlet& outlet)
{
    sys::SigpipeGuard guard;
    std::size_t written = 0;
    std::string const bytes(64 * 1024, 'x');
    for (;;) {
        auto const count = outlet.write(bytes, guard);
        if (!count) {
            CHECK(sys::would_block(count.error));
            return written;
        }
        written += count.value;
    }
}

} // namespace

// --- the rule ----------------------------------------------------------------------

TEST_CASE("no copy of a tee can block the thread that runs the loop",
          "[io][tee][found:B16]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    CHECK(violations_in([] {
              auto const e = (noisy() | tee(devnull)) > both(capture);
              CHECK(run(e, timed).out.size() == 2 * size);
          })
          == "");
    CHECK(violations_in([] {
              auto const e = (noisy() | tee(devnull)) > err_to_out;
              auto const all =
                  joined_bytes(e | chunks(65536, {.timeout = 30s}));
              CHECK(all.size() == 2 * size);
          })
          == "");
    CHECK(violations_in([] {
              auto const e = (fill(size) | tee(copy())) > capture;
              CHECK(run(e, timed).out.size() == 2 * size);
          })
          == "");
    CHECK(violations_in([] {
              auto const leaves =
                  sh("\"$0\" \"$1\" & exit 0", child("fill"), size);
              auto const e = seq(leaves, fill(size) | tee(devnull)) | capture;
              CHECK(run(e, timed).out.size() == 2 * size);
          })
          == "");
    CHECK(violations_in([&] {
              std::string kept;
              auto const e =
                  (fill(size) | tee(directory / "f", to(kept), capture, copy()))
                  > capture;
              CHECK(run(e, timed).out.size() > 0);
              CHECK(kept.size() == size);
          })
          == "");
}

TEST_CASE("no word that C++ writes can block the thread that runs the loop",
          "[io][stages][found:B16]")
{
    NoLeaks const no_leaks;
    CHECK(violations_in([] {
              auto const e =
                  seq(sh("\"$0\" \"$1\" & exit 0", child("fill"), size),
                      words() | stage(std::identity()))
                  | capture;
              CHECK(run(e, timed).out.size() == size + 30'000 * 101);
          })
          == "");
    CHECK(violations_in([] {
              auto const e =
                  words() | stage(std::identity()) | copy() | capture;
              CHECK(run(e, timed).out.size() == 30'000 * 101);
          })
          == "");
}

TEST_CASE("no terminal can block the thread that runs the loop",
          "[io][tee][stages][found:A15]")
{
    NoLeaks const no_leaks;
    Terminal const terminal;
    Stdio const tty(terminal.line.get());
    auto const yes = cmd("yes");
    CHECK(violations_in([&] {
              auto const e = (yes | tee(tty) | cmd("cat")) > devnull;
              CHECK(expires([&] { check(e, brief); }));
          })
          == "");
    CHECK(violations_in([&] {
              auto const e = (yes | stage(std::identity())) > tty;
              CHECK(expires([&] { check(e, brief); }));
          })
          == "");
    CHECK(violations_in([&] {
              auto const e = tee(devnull) < tty;
              CHECK(expires([&] { check(e > devnull, brief); }));
          })
          == "");
    CHECK(is_blocking(terminal.line.get()));
}

TEST_CASE("no inherited stream can block a thread of the library",
          "[io][tee][stages]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        Terminal const terminal;
        auto const input = make_pipe();
        ::dup2(input.read_end.get(), 0);
        ::dup2(terminal.line.get(), 1);
        auto const inherited = [&](std::string_view what, auto const& e) {
            auto const wrong = violations_in(
                [&] { told.expect(expires([&] { check(e, brief); }), what); });
            told.expect_equal(wrong, "", what);
        };
        inherited("tee of stdin", tee(devnull) > devnull);
        inherited("a stage that reads stdin", stage(std::identity()) > devnull);
        inherited("tee to stdout", cmd("yes") | tee(devnull));
        EXPECT_IN(told, is_blocking(0) && is_blocking(1));
    });
    CHECK(complaints == "");
}

TEST_CASE("no conversation with a child can block beyond its limit",
          "[io][communicate]")
{
    NoLeaks const no_leaks;
    CHECK(violations_in([] {
              Popen p(
                  {child("copy_both")},
                  {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
              auto const text = std::string(size, 'x');
              auto const done = p.communicate(text, 30s);
              CHECK(done.out.size() == size);
          })
          == "");
    CHECK(violations_in([] {
              auto const e = copy() < text(std::string(size, 'x'));
              CHECK(run(e > capture, timed).out.size() == size);
          })
          == "");
}

TEST_CASE("no range over a foreign descriptor can block beyond its limit",
          "[io][lines]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    CHECK(::write(pipe.write_end.get(), "a\n", 2) == 2);
    CHECK(violations_in([&] {
              auto range =
                  Stdio(pipe.read_end.get()) | lines({.timeout = 200ms});
              CHECK(expires([&] { collect(range); }));
          })
          == "");
    CHECK(violations_in([&] {
              Popen p({child("print"), "a\nb\n"}, {.out = Stdio::pipe});
              CHECK(collect(p.out() | lines({.timeout = 30s})).size() == 2);
          })
          == "");
    CHECK(is_blocking(pipe.read_end.get()));
}

// --- somebody else is faster --------------------------------------------------------

namespace {

/// Between a poll and what follows it, somebody else takes or writes bytes.
class Stranger {
public:
    explicit Stranger(void (*deed)())
    {
        act = deed;
        table = posix::native_calls();
        table.ppoll = [](::pollfd* items, unsigned count,
                         ::timespec const* limit) {
            int const ready = posix::native_calls().ppoll(items, count, limit);
            act();
            return ready;
        };
        posix::replace_calls(&table);
    }
    Stranger(Stranger const&) = delete;
    Stranger& operator=(Stranger const&) = delete;
    ~Stranger() { posix::replace_calls(nullptr); }

private:
    static inline posix::Calls table;
    static inline void (*act)();
};

int stolen_from;

void steal()
{
    ::pollfd item{stolen_from, POLLIN, 0};
    char byte;
    while (::poll(&item, 1, 0) > 0 && ::read(stolen_from, &byte, 1) > 0) {}
}

} // namespace

TEST_CASE("a range keeps its limit though somebody else takes what it polled",
          "[io][lines]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    stolen_from = pipe.read_end.get();
    CHECK(::write(pipe.write_end.get(), "a\n", 2) == 2);
    {
        Stranger const stranger(steal);
        auto range = Stdio(pipe.read_end.get()) | lines({.timeout = 100ms});
        CHECK(expires([&] { collect(range); }));
    }
    ReadStream stream(::dup(pipe.read_end.get()));
    CHECK(::write(pipe.write_end.get(), "a\n", 2) == 2);
    Stranger const stranger(steal);
    CHECK(expires([&] { collect(stream | lines({.timeout = 100ms})); }));
}

TEST_CASE("communicate keeps its limit though somebody else reads the output",
          "[io][communicate]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_then_wait"), "text"},
            {.in = Stdio::pipe, .out = Stdio::pipe});
    stolen_from = p.out().fd();
    {
        Stranger const stranger(steal);
        CHECK_THROWS_AS(p.communicate({}, 200ms), TimeoutExpired);
    }
    p.kill();
    p.communicate();
}

// --- each way of not waiting --------------------------------------------------------

TEST_CASE(
    "a shared pipe is written to without waiting, by whatever way there is",
    "[io]")
{
    NoLeaks const no_leaks;
    for (bool const reopens : {false, true}) {
        CAPTURE(reopens);
        auto const pipe = make_pipe();
        Outlet outlet(pipe.write_end.get());
        auto const room = sys::resize_pipe(pipe.write_end.get(), 65536);
        Faults faults;
        if (reopens)
            faults.fail_always("write_now", EOPNOTSUPP);
        CHECK(fill_up(outlet) == room);
        CHECK((faults.count("open") > 0) == reopens);
        CHECK(outlet.never_blocks());
        CHECK(is_blocking(pipe.write_end.get()));
        char byte;
        CHECK(::read(pipe.read_end.get(), &byte, 1) == 1);
    }
}

TEST_CASE("without RWF_NOWAIT and /proc no more is written than fits", "[io]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    sys::resize_pipe(pipe.write_end.get(), 65536);
    Outlet outlet(pipe.write_end.get());
    Faults faults;
    faults.fail_always("write_now", ENOSYS);
    faults.fail_always("open", ENOENT);
    sys::SigpipeGuard guard;
    std::string const bytes(100'000, 'x');
    CHECK(sys::would_block(outlet.write(bytes, guard).error));
    CHECK(faults.count("write") == 0);
    CHECK_FALSE(outlet.never_blocks());
    CHECK(outlet.write(bytes, guard).value == 4096); // after a poll
    CHECK(is_blocking(pipe.write_end.get()));
}

TEST_CASE("a terminal is opened once more, and its other side is not", "[io]")
{
    NoLeaks const no_leaks;
    Terminal const terminal;
    Outlet line(terminal.line.get());
    CHECK(fill_up(line) > 0);
    CHECK(line.fd() != terminal.line.get());
    CHECK(is_blocking(terminal.line.get()));
    // That would be the side of another terminal.
    Outlet controller(terminal.controller.get());
    sys::SigpipeGuard guard;
    CHECK(sys::would_block(controller.write("a", guard).error));
    CHECK(controller.fd() == terminal.controller.get());
    CHECK_FALSE(controller.never_blocks());
    CHECK(controller.write("a", guard).value == 1); // after a poll
}

TEST_CASE("a thread with descriptors of its own opens the right one again",
          "[io]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_always("write_now", EOPNOTSUPP);
    bool is_own = false;
    sys::Result<std::size_t> written;
    std::thread([&] {
        constexpr int number = 700; // nothing, to all other threads
        int ends[2];
        is_own = ::unshare(CLONE_FILES) == 0 && ::pipe(ends) == 0
              && ::dup2(ends[1], number) == number;
        Outlet outlet(number);
        sys::SigpipeGuard guard;
        written = outlet.write("abc", guard);
    }).join(); // which closes them
    CHECK(is_own);
    CHECK(written.value == 3);
    CHECK(faults.count("open") == 1);
}

TEST_CASE("a socket is told with each call not to wait", "[io]")
{
    NoLeaks const no_leaks;
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    OwnFd const one(ends[0]);
    OwnFd other(ends[1]);
    Outlet outlet(one.get());
    CHECK(fill_up(outlet) > 0);
    CHECK(is_blocking(one.get()));
    NoWaitFd in(one.get());
    char byte;
    CHECK(sys::would_block(in.read({&byte, 1}).error));
    CHECK(::write(other.get(), "b", 1) == 1);
    CHECK(in.read({&byte, 1}).value == 1);
    CHECK(byte == 'b');
    other.close();
    sys::SigpipeGuard guard;
    CHECK(outlet.write("x", guard).error == std::errc::broken_pipe);
}

TEST_CASE("files and /dev/null are written to as they are", "[io]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = open_fd(directory / "f", O_WRONLY | O_CREAT);
    auto const null = open_fd("/dev/null", O_WRONLY);
    Faults faults;
    sys::SigpipeGuard guard;
    std::string const bytes(100'000, 'x');
    for (int const fd : {file.get(), null.get()}) {
        Outlet outlet(fd);
        CHECK(outlet.write(bytes, guard).value == bytes.size());
    }
    CHECK(faults.count("write") == 2);
    CHECK(faults.count("write_now") == 0);
    CHECK(faults.count("open") == 0);
}

TEST_CASE("the end of a FIFO is seen though all writers have gone", "[io]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const path = directory / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    auto both_ends = open_fd(path, O_RDWR);
    auto const fifo = open_fd(path, O_RDONLY);
    {
        auto const writer = open_fd(path, O_WRONLY);
        CHECK(::write(writer.get(), "a", 1) == 1);
    }
    both_ends.close(); // no writer is left before it is opened once more
    NoWaitFd in(fifo.get());
    char byte;
    CHECK(in.read({&byte, 1}).value == 1);
    sys::PollItem item{in.fd()};
    CHECK(sys::poll({&item, 1}, sys::deadline_after(5s)).value == 1);
    auto const end = in.read({&byte, 1});
    CHECK(end);
    CHECK(end.value == 0);
    CHECK(is_blocking(fifo.get()));
}

TEST_CASE("a pipe end that only we hold needs no call but its write", "[io]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    Outlet outlet(sys::Fd(pipe.write_end.release()));
    Faults faults;
    sys::SigpipeGuard guard;
    CHECK(outlet.write("abc", guard).value == 3);
    CHECK(faults.count("write") == 1);
    CHECK(faults.count("write_now") == 0);
    CHECK(outlet.is_ours());
}

// --- flags of others ----------------------------------------------------------------

TEST_CASE("dropping what was not flushed leaves the flags of the pipe alone",
          "[io][popen][found:B7]")
{
    NoLeaks const no_leaks;
    Popen sink({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    OwnFd another(::dup(sink.in().fd())); // as a child may have it
    auto const pid = static_cast<::id_t>(sink.pid());
    sink.in().write("x");
    OwnFd const out(sink.out().detach());
    sink.detach();
    CHECK(is_blocking(another.get()));
    another.close();
    CHECK(read_all(out.get()) == "x");
    ::siginfo_t info{};
    CHECK(::waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
    Popen({child("exit_with"), 0}).wait(); // which reaps it
}

TEST_CASE("communicate leaves the flags of the pipes alone",
          "[io][popen][found:B7]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    OwnFd in(::dup(p.in().fd())); // as a child may have it
    OwnFd const out(::dup(p.out().fd()));
    CHECK_THROWS_AS(p.communicate("text", 50ms), TimeoutExpired);
    CHECK(is_blocking(in.get()));
    CHECK(is_blocking(out.get()));
    in.close();
    CHECK(p.communicate().out == "text");
}
