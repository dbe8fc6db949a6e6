// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How much a pipe holds.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <climits>
#include <string>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

int size_of(int fd)
{
    return ::fcntl(fd, F_GETPIPE_SZ);
}

PopenOptions piped(int pipesize)
{
    return {.in = Stdio::pipe,
            .out = Stdio::pipe,
            .err = Stdio::pipe,
            .pipesize = pipesize};
}

} // namespace

TEST_CASE("each new pipe has the size that was asked for",
          "[popen][pipesize][row:P31]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, piped(128 * 1024));
    CHECK(size_of(p.in().fd()) == 128 * 1024);
    CHECK(size_of(p.out().fd()) == 128 * 1024);
    CHECK(size_of(p.err().fd()) == 128 * 1024);
}

TEST_CASE("the kernel rounds a pipe's size up", "[popen][pipesize][row:P31]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, piped(1));
    CHECK(size_of(p.out().fd()) == ::sysconf(_SC_PAGESIZE));
}

TEST_CASE("by default a pipe is as the kernel makes it",
          "[popen][pipesize][row:P31]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    Popen p({child("copy")}, piped(-1));
    CHECK(size_of(p.out().fd()) == size_of(pipe.read_end.get()));
}

TEST_CASE("a size that the kernel refuses is no error",
          "[popen][pipesize][row:P31][fault:I10]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        if (::geteuid() == 0)
            EXPECT_IN(complaints, ::seteuid(65534) == 0);
        Popen p({"/bin/cat"}, piped(INT_MAX));
        EXPECT_IN(complaints, size_of(p.out().fd()) > 0);
        EXPECT_IN(complaints, p.communicate("text").out == "text");
    });
    CHECK(wrong == "");
}

TEST_CASE("the smallest pipes move everything both ways",
          "[popen][pipesize][fault:X11]")
{
    NoLeaks const no_leaks;
    std::string const text(300'000, 't');
    Popen p({child("copy_both")}, piped(4096));
    auto const [out, err] = p.communicate(text);
    CHECK((out == text));
    CHECK((err == text));
}
