// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// <runnel/iostream.hpp>: our ends of the pipes as streams of the standard.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/iostream.hpp>

#include <catch2/catch.hpp>

#include <iomanip>
#include <string>
#include <system_error>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

Popen writer(std::string const& text)
{
    return Popen({child("print"), text}, {.out = Stdio::pipe});
}

Popen copier()
{
    return Popen({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
}

/// A child that is gone before anything is written to it.
Popen gone()
{
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe, .bufsize = 0});
    p.wait();
    return p;
}

} // namespace

TEST_CASE("what a child writes is read by >>", "[popen][iostream][row:A03]")
{
    NoLeaks const no_leaks;
    auto p = writer("7 pears 2.5\n");
    InputStream in(p.out());
    int count = 0;
    std::string what;
    double price = 0;
    CHECK(in >> count >> what >> price);
    CHECK(count == 7);
    CHECK(what == "pears");
    CHECK(price == 2.5);
    CHECK_FALSE(in >> what);
    CHECK(in.eof());
    CHECK_FALSE(in.bad());
}

TEST_CASE("what a child writes is read by getline, the last line as well",
          "[popen][iostream][row:A03]")
{
    NoLeaks const no_leaks;
    auto p = writer("one\n\nthree");
    InputStream in(p.out());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    CHECK(lines == std::vector<std::string>{"one", "", "three"});
}

TEST_CASE("bytes of any value and number come through a stream",
          "[popen][iostream]")
{
    NoLeaks const no_leaks;
    std::string bytes;
    for (int i = 0; i < 40'000; ++i) // several buffers
        bytes += static_cast<char>(i * 7);
    TemporaryDirectory const directory;
    write_file(directory / "in", bytes);
    Popen p({child("copy")}, {.in = directory / "in", .out = Stdio::pipe});
    InputStream in(p.out());
    std::string got(bytes.size() + 1, '\0');
    in.read(got.data(), static_cast<std::streamsize>(got.size()));
    got.resize(static_cast<std::size_t>(in.gcount()));
    CHECK((got == bytes));
    CHECK(in.eof());
}

TEST_CASE("the last characters can be put back, over a buffer's end as well",
          "[popen][iostream]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), 20'000}, {.out = Stdio::pipe});
    InputStream in(p.out());
    int taken = 0;
    while (in.get() != InputStream::traits_type::eof()) {
        REQUIRE(in.unget());
        REQUIRE(in.get() == 'o');
        ++taken;
    }
    CHECK(taken == 20'000);
}

TEST_CASE("several characters can be put back", "[popen][iostream]")
{
    NoLeaks const no_leaks;
    auto p = writer("abcd");
    InputStream in(p.out());
    char three[3];
    CHECK(in.read(three, 3));
    CHECK(in.unget().unget().unget());
    CHECK(in.get() == 'a');
    CHECK(in.putback('a'));
    std::string all;
    CHECK(in >> all);
    CHECK(all == "abcd");
}

TEST_CASE("peek waits for a byte and leaves it", "[popen][iostream]")
{
    NoLeaks const no_leaks;
    auto p = writer("x");
    InputStream in(p.out());
    CHECK(in.peek() == 'x');
    CHECK(in.get() == 'x');
    CHECK(in.peek() == InputStream::traits_type::eof());
}

TEST_CASE("what is written by << reaches the child",
          "[popen][iostream][row:A02]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    OutputStream out(p.in());
    out << "n = " << std::setw(3) << 7 << ", " << std::hex << 255 << '\n';
    CHECK(out);
    out.close();
    CHECK(p.out().read() == "n =   7, ff\n");
}

TEST_CASE("a flush brings what was written to the child", "[popen][iostream]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    OutputStream out(p.in());
    InputStream in(p.out());
    std::string answer;
    out << "question" << std::endl;
    CHECK(std::getline(in, answer));
    CHECK(answer == "question");
    out << "again\n" << std::flush;
    CHECK(std::getline(in, answer));
    CHECK(answer == "again");
    out.close();
    CHECK_FALSE(std::getline(in, answer));
}

TEST_CASE("closing a stream ends the child's input and may be repeated",
          "[popen][iostream]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    OutputStream out(p.in());
    out << "x";
    out.close();
    out.close();
    CHECK(out);
    CHECK_FALSE(p.in().is_open());
    CHECK(p.out().read() == "x");
    CHECK(p.wait() == 0);
}

TEST_CASE("writing behind a close sets badbit", "[popen][iostream]")
{
    NoLeaks const no_leaks;
    auto p = copier();
    OutputStream out(p.in());
    out.close();
    out << "x";
    CHECK(out.bad());
}

TEST_CASE("a child that has gone sets badbit, and no signal is raised",
          "[popen][iostream][fault:X02]")
{
    NoLeaks const no_leaks;
    auto p = gone();
    OutputStream out(p.in());
    out << "to nobody";
    CHECK(out.bad());
    out.clear();
    out.put('c');
    CHECK(out.bad());
}

TEST_CASE("a close that cannot send what is left sets badbit",
          "[popen][iostream][fault:X02]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe});
    p.wait();
    OutputStream out(p.in());
    out << "to nobody";
    CHECK(out); // still in the buffer
    out.close();
    CHECK(out.bad());
    CHECK_FALSE(p.in().is_open());
}

TEST_CASE("exceptions() lets the error of a write be thrown",
          "[popen][iostream][fault:X02]")
{
    NoLeaks const no_leaks;
    auto p = gone();
    OutputStream out(p.in());
    out.exceptions(std::ios::badbit);
    try {
        out << "to nobody";
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::broken_pipe);
    }
    CHECK(out.bad());
}

TEST_CASE("exceptions() lets the error of a close be thrown",
          "[popen][iostream][fault:X02]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe});
    p.wait();
    OutputStream out(p.in());
    out << "to nobody";
    out.exceptions(std::ios::badbit);
    try {
        out.close();
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::broken_pipe);
    }
    CHECK(out.rdstate() == std::ios::badbit);
}

TEST_CASE("reading a stream that is not there sets badbit, or is thrown",
          "[popen][iostream]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0});
    InputStream in(p.out());
    CHECK(in.get() == InputStream::traits_type::eof());
    CHECK(in.bad());
    in.clear();
    in.exceptions(std::ios::badbit);
    CHECK_THROWS_AS(in.get(), std::logic_error);
}

TEST_CASE("a stream in text mode gives and takes text", "[popen][iostream]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .encoding = "latin-1"});
    OutputStream out(p.in());
    out << "\xc3\xa4\n";
    out.close();
    InputStream in(p.out());
    std::string line;
    CHECK(std::getline(in, line));
    CHECK(line == "\xc3\xa4");
}

TEST_CASE("what is no text sets badbit behind the text in front of it",
          "[popen][iostream]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "good\n\xff"},
            {.out = Stdio::pipe, .encoding = "utf-8"});
    InputStream in(p.out());
    std::string line;
    CHECK(std::getline(in, line));
    CHECK(line == "good");
    CHECK_FALSE(std::getline(in, line));
    CHECK(in.bad());
}

TEST_CASE("a child that has gone sets badbit at each insertion with unitbuf",
          "[popen][iostream]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe});
    p.wait();
    OutputStream out(p.in());
    out << std::unitbuf;
    out << "x";
    CHECK(out.rdstate() == std::ios::badbit);
}
