// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Reading and writing by hand.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

Popen printer(std::string const& text, int bufsize = -1)
{
    return Popen({child("print"), text},
                 {.out = Stdio::pipe, .bufsize = bufsize});
}

Popen copier(int bufsize = -1)
{
    return Popen({child("copy")},
                 {.in = Stdio::pipe, .out = Stdio::pipe, .bufsize = bufsize});
}

/// Bytes that lie in a pipe.
int waiting_in(int fd)
{
    int count = -1;
    ::ioctl(fd, FIONREAD, &count);
    return count;
}

bool is_pending(int signal)
{
    ::sigset_t set;
    ::sigpending(&set);
    return ::sigismember(&set, signal) == 1;
}

} // namespace

TEST_CASE("read gives everything up to the end, then nothing",
          "[popen][streams][row:A03]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 2, 4096);
    auto p = printer("some text", bufsize);
    CHECK(p.out().read() == "some text");
    CHECK(p.out().read() == "");
    CHECK(p.out().read(3) == "");
    CHECK(p.out().readline() == "");
    std::array<char, 4> some;
    CHECK(p.out().read_some(some) == 0);
}

TEST_CASE("read of a count gives fewer bytes only at the end",
          "[popen][streams][row:A03]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 2);
    Popen p({child("slow_writer"), "abcdef"},
            {.out = Stdio::pipe, .bufsize = bufsize});
    CHECK(p.out().read(0) == "");
    CHECK(p.out().read(4) == "abcd");
    CHECK(p.out().read(4) == "ef");
    CHECK(p.out().read(4) == "");
}

TEST_CASE("readline gives lines with their newlines, the last as it is",
          "[popen][streams][row:A03]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 1, 2);
    auto p = printer("one\n\ntwo\r\nlast", bufsize);
    CHECK(p.out().readline() == "one\n");
    CHECK(p.out().readline() == "\n");
    CHECK(p.out().readline() == "two\r\n");
    CHECK(p.out().readline() == "last");
    CHECK(p.out().readline() == "");
}

TEST_CASE("a line may be longer than any buffer", "[popen][streams][fault:I07]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), 1'000'000}, {.out = Stdio::pipe});
    CHECK((p.out().readline() == std::string(1'000'000, 'o')));
}

TEST_CASE("read_some gives what there is", "[popen][streams]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    p.in().write("abc");
    p.in().flush();
    std::array<char, 100> some;
    std::string got;
    while (got.size() < 3)
        got.append(some.data(), p.out().read_some(some));
    CHECK(got == "abc");
    CHECK(p.out().read_some({}) == 0);
}

TEST_CASE("ways of reading may be mixed", "[popen][streams]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 3);
    auto p = printer("one\ntwo\nthree\nfour", bufsize);
    CHECK(p.out().read(2) == "on");
    CHECK(p.out().readline() == "e\n");
    std::array<char, 2> two;
    REQUIRE(p.out().read_some(two) > 0);
    CHECK(two[0] == 't');
    auto const rest = p.out().read();
    CHECK(rest.ends_with("o\nthree\nfour"));
}

TEST_CASE("a question and an answer need no flush",
          "[popen][streams][row:P20][found:F4]")
{
    NoLeaks const no_leaks;
    PopenOptions options{.in = Stdio::pipe, .out = Stdio::pipe};
    options.bufsize = GENERATE(-1, 1);
    options.text = GENERATE(false, true);
    Popen p({child("copy")}, options);
    for (auto const* line : {"first\n", "second\n"}) {
        p.in().write(line);
        CHECK(p.out().readline() == line);
    }
}

TEST_CASE("a buffer that was asked for is kept in a conversation",
          "[popen][streams][row:P19][found:F4]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .bufsize = 16});
    p.in().write("first\n");
    CHECK(waiting_in(p.in().fd()) == 0);
    p.in().flush();
    CHECK(p.out().readline() == "first\n");
}

TEST_CASE("without a buffer each write goes out at once",
          "[popen][streams][row:P17]")
{
    NoLeaks const no_leaks;
    Popen p({child("sleep_until_killed")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .bufsize = 0});
    p.in().write("abc");
    CHECK(waiting_in(p.in().fd()) == 3);
    p.kill();
}

TEST_CASE("a buffer of n bytes holds writes back until it is full",
          "[popen][streams][row:P19][row:P20]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 1, 16);
    std::size_t const room = bufsize == 16 ? 16 : 8192;
    Popen p({child("sleep_until_killed")},
            {.in = Stdio::pipe, .bufsize = bufsize});
    p.in().write(std::string(room - 1, 'x'));
    CHECK(waiting_in(p.in().fd()) == 0);
    p.in().write("12");
    CHECK(waiting_in(p.in().fd()) > 0);
    p.in().flush();
    CHECK(waiting_in(p.in().fd()) == static_cast<int>(room) + 1);
    p.kill();
}

TEST_CASE("bytes arrive in order whatever the sizes of the writes",
          "[popen][streams]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 7);
    auto p = copier(bufsize);
    std::string sent;
    for (std::size_t i = 0; i < 40; ++i) {
        std::string const piece(i * 5 % 23, static_cast<char>('a' + i % 26));
        p.in().write(piece);
        sent += piece;
    }
    p.in().close();
    CHECK(p.out().read() == sent);
}

TEST_CASE("bytes can be written as bytes", "[popen][streams]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    std::array const bytes = {std::byte{0}, std::byte{255}, std::byte{10}};
    p.in().write(bytes);
    p.in().close();
    CHECK(p.out().read() == std::string("\0\xff\n", 3));
}

TEST_CASE("unbuffered reading takes no byte that was not asked for",
          "[popen][streams][row:P17]")
{
    NoLeaks const no_leaks;
    auto p = printer("one\ntwo\n", 0);
    CHECK(p.out().readline() == "one\n");
    CHECK(waiting_in(p.out().fd()) == 4);
    CHECK(p.out().read(2) == "tw");
    CHECK(waiting_in(p.out().fd()) == 2);
    OwnFd const rest(p.out().detach());
    CHECK(read_all(rest.get()) == "o\n");
}

TEST_CASE("close ends the child's input and may be repeated",
          "[popen][streams][row:Q12]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    CHECK(p.in().is_open());
    p.in().write("x");
    p.in().close();
    p.in().close();
    CHECK(!p.in());
    CHECK(p.in().fd() == -1);
    CHECK(p.out().read() == "x");
    p.out().close();
    p.out().close();
    CHECK(!p.out());
}

TEST_CASE("a stream that is not open says why",
          "[popen][streams][row:A02][row:A03][row:A04]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.err = Stdio::pipe});
    auto const message = [](auto act) {
        return message_of<std::logic_error>(act);
    };
    CHECK(!p.in());
    CHECK(!p.out());
    CHECK(p.err());
    CHECK(
        message([&] { p.in().write("x"); })
        == "stdin is not open: it was not piped (ask for Stdio::pipe), or was "
           "closed");
    CHECK(message([&] { p.out().read(); }).starts_with("stdout is not open"));
    p.err().close();
    CHECK(
        message([&] { p.err().readline(); }).starts_with("stderr is not open"));
    CHECK_THROWS_AS(p.out().read(1), std::logic_error);
    std::array<char, 1> some;
    CHECK_THROWS_AS(p.out().read_some(some), std::logic_error);
    CHECK_THROWS_AS(p.out().detach(), std::logic_error);
    CHECK_THROWS_AS(p.in().flush(), std::logic_error);
    CHECK_THROWS_AS(p.in().detach(), std::logic_error);
}

TEST_CASE("writing to a child that has gone is broken_pipe, and no signal",
          "[popen][streams][fault:X02][fault:X03][promise:P6]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        ::signal(SIGPIPE, SIG_DFL);
        Popen p({child("exit_with"), 0}, {.in = Stdio::pipe, .bufsize = 0});
        p.wait();
        try {
            p.in().write("x");
            complaints.complain("written");
        } catch (std::system_error const& error) {
            EXPECT_IN(complaints, error.code() == std::errc::broken_pipe);
            EXPECT_IN(complaints, std::string_view(error.what())
                                      .starts_with("cannot write to stdin"));
        }
        EXPECT_IN(complaints, !is_pending(SIGPIPE));
    });
    CHECK(wrong == "");
}

TEST_CASE("flush and close report a broken pipe, once",
          "[popen][streams][fault:X02]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe});
    p.wait();
    p.in().write("x");
    CHECK_THROWS_AS(p.in().flush(), std::system_error);
    p.in().write("y");
    CHECK_THROWS_AS(p.in().close(), std::system_error);
    CHECK(!p.in());
    p.in().close();
}

TEST_CASE("a SIGPIPE that was pending stays so, and so does the mask",
          "[popen][streams][fault:X03]")
{
    NoLeaks const no_leaks;
    bool const pending = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::signal(SIGPIPE, SIG_DFL);
        ::sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGPIPE);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        if (pending)
            ::raise(SIGPIPE);
        WriteStream broken(make_pipe().write_end.release(), 0);
        static_cast<void>(
            message_of<std::system_error>([&] { broken.write("x"); }));
        EXPECT_IN(complaints, is_pending(SIGPIPE) == pending);
        ::sigset_t now;
        ::sigprocmask(SIG_SETMASK, nullptr, &now);
        EXPECT_IN(complaints, ::sigismember(&now, SIGPIPE) == 1);
    });
    CHECK(wrong == "");
}

TEST_CASE("an ignored SIGPIPE stays ignored and is not needed",
          "[popen][streams][fault:X03]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        ::signal(SIGPIPE, SIG_IGN);
        Popen p({child("exit_with"), 0}, {.in = Stdio::pipe});
        p.communicate(std::string(1'000'000, 'x'));
        struct sigaction now {};
        ::sigaction(SIGPIPE, nullptr, &now);
        EXPECT_IN(complaints, now.sa_handler == SIG_IGN);
        EXPECT_IN(complaints, !is_pending(SIGPIPE));
    });
    CHECK(wrong == "");
}

TEST_CASE("detach gives the descriptor away", "[popen][streams]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    p.in().write("text");
    OwnFd in(p.in().detach());
    CHECK(!p.in());
    OwnFd const out(p.out().detach());
    CHECK(!p.out());
    CHECK(::write(in.get(), "!", 1) == 1);
    in.close();
    CHECK(read_all(out.get()) == "text!");
    CHECK((::fcntl(out.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("detach hands out what was read ahead, or refuses",
          "[popen][streams]")
{
    NoLeaks const no_leaks;
    auto p = printer("one\ntwo\n");
    CHECK(p.out().readline() == "one\n");
    p.wait();
    CHECK_THROWS_AS(p.out().detach(), std::logic_error);
    CHECK(p.out().is_open());
    std::string ahead;
    OwnFd const rest(p.out().detach(&ahead));
    CHECK(ahead + read_all(rest.get()) == "two\n");
}

TEST_CASE("a terminal that hung up has ended", "[popen][streams][fault:X07]")
{
    NoLeaks const no_leaks;
    OwnFd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(terminal.get() >= 0);
    REQUIRE(::grantpt(terminal.get()) == 0);
    REQUIRE(::unlockpt(terminal.get()) == 0);
    auto other_side = open_fd(::ptsname(terminal.get()), O_RDWR | O_NOCTTY);
    Popen p({child("print"), "from a terminal"}, {.out = other_side.get()});
    other_side.close();
    ReadStream stream(terminal.release());
    CHECK(stream.read() == "from a terminal");
    CHECK(stream.read() == "");
    CHECK(p.wait() == 0);
}

TEST_CASE("a non-blocking descriptor is waited for",
          "[popen][streams][fault:F08]")
{
    NoLeaks const no_leaks;
    Popen p({child("slow_writer"), "slow\ntext"}, {.out = Stdio::pipe});
    ::fcntl(p.out().fd(), F_SETFL, O_NONBLOCK);
    CHECK(p.out().readline() == "slow\n");
    CHECK(p.out().read() == "text");

    std::string const large(200'000, 'x');
    Popen counter({child("count_bytes")},
                  {.in = Stdio::pipe, .out = Stdio::pipe, .bufsize = 0});
    ::fcntl(counter.in().fd(), F_SETFL, O_NONBLOCK);
    counter.in().write(large);
    counter.in().close();
    CHECK(counter.out().read() == "200000\n");
}

TEST_CASE("no file that a child shares is made non-blocking",
          "[popen][streams][fault:F08]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    Popen p({child("exit_with"), 0}, {.in = pipe.read_end.get(),
                                      .out = Stdio::pipe,
                                      .err = pipe.write_end.get()});
    p.communicate({}, std::chrono::seconds(5));
    CHECK((::fcntl(pipe.read_end.get(), F_GETFL) & O_NONBLOCK) == 0);
    CHECK((::fcntl(pipe.write_end.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("descriptors above 1024 work", "[popen][streams][fault:X10]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        ::rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        std::vector<OwnFd> all;
        for (int fd = 0; fd < 1200;) {
            all.push_back(copy_fd(0, 3));
            fd = all.back().get();
        }
        Popen p({child("copy_both")},
                {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
        EXPECT_IN(complaints, p.out().fd() > 1024);
        auto const [out, err] = p.communicate("text", std::chrono::seconds(10));
        EXPECT_IN(complaints, out == "text");
        EXPECT_IN(complaints, err == "text");
    });
    CHECK(wrong == "");
}

TEST_CASE("a default stream is one that is not there", "[streams]")
{
    ReadStream out;
    WriteStream in;
    CHECK(!out);
    CHECK(!in);
    out.close();
    in.close();
    CHECK_THROWS_AS(out.read(), std::logic_error);
    CHECK_THROWS_AS(in.write("x"), std::logic_error);
}

TEST_CASE("a stream owns the descriptor that it is given", "[streams]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    ReadStream out(pipe.read_end.release());
    {
        WriteStream in(pipe.write_end.release());
        in.write("flushed ");
        in.flush();
        in.write("not flushed");
    }
    CHECK(out.read() == "flushed ");
}

TEST_CASE("read takes no more memory than there is to read", "[popen][streams]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "short"}, {.out = Stdio::pipe});
    CHECK(p.out().read(std::size_t(-1)) == "short");
}
