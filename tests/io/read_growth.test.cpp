// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Reads and pipes that grow while the writer is the faster side.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/detail/read_growth.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using runnel::detail::ReadGrowth;

namespace {

constexpr std::size_t kib = 1024;

std::size_t size_of(int pipe)
{
    return static_cast<std::size_t>(::fcntl(pipe, F_GETPIPE_SZ));
}

void fill(OwnPipe const& pipe, std::size_t bytes)
{
    std::string const text(bytes, 'x');
    REQUIRE(::write(pipe.write_end.get(), text.data(), bytes)
            == static_cast<ssize_t>(bytes));
}

/// Reads a pipe of 64 KiB that is full each time, as often as it takes to find the
/// writer faster.
void read_full(OwnPipe const& pipe, std::function<void()> const& read)
{
    for (int i = 0; i < 2; ++i) {
        fill(pipe, 64 * kib);
        read();
    }
}

} // namespace

TEST_CASE("reads and the pipe grow after 128 KiB of full reads", "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    ReadGrowth growth;
    int const fd = pipe.read_end.get();
    growth.saw(fd, 64 * kib, 64 * kib);
    CHECK(growth.at_once() == 64 * kib);
    CHECK(size_of(fd) == 64 * kib);
    growth.saw(fd, 64 * kib, 64 * kib);
    CHECK(growth.at_once() == 256 * kib);
    CHECK(size_of(fd) == 1024 * kib);
}

TEST_CASE("small reads that are full count by their bytes", "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    ReadGrowth growth;
    for (int i = 0; i < 31; ++i)
        growth.saw(pipe.read_end.get(), 4 * kib, 4 * kib);
    CHECK(growth.at_once() == 64 * kib);
    growth.saw(pipe.read_end.get(), 4 * kib, 4 * kib);
    CHECK(growth.at_once() == 256 * kib);
}

TEST_CASE("a read that gets less than it asked for starts the count anew",
          "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    ReadGrowth growth;
    for (int i = 0; i < 10; ++i) {
        growth.saw(pipe.read_end.get(), 64 * kib, 64 * kib);
        growth.saw(pipe.read_end.get(), 64 * kib - 1, 64 * kib);
    }
    CHECK(growth.at_once() == 64 * kib);
    CHECK(size_of(pipe.read_end.get()) == 64 * kib);
}

TEST_CASE("a read with much room is full when it got a whole pipe", "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    ReadGrowth growth;
    growth.saw(pipe.read_end.get(), 64 * kib, 256 * kib);
    growth.saw(pipe.read_end.get(), 64 * kib, 256 * kib);
    CHECK(size_of(pipe.read_end.get()) == 1024 * kib);
}

TEST_CASE("a pipe that is larger already keeps its size", "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    int const size = ::fcntl(pipe.read_end.get(), F_SETPIPE_SZ, 1 << 21);
    if (size < 0)
        return; // an unprivileged user may not make one
    ReadGrowth growth;
    growth.saw(pipe.read_end.get(), 128 * kib, 64 * kib);
    CHECK(size_of(pipe.read_end.get()) == std::size_t{1} << 21);
}

TEST_CASE("large pipes of one process are limited, and closing gives back",
          "[growth]")
{
    NoLeaks const no_leaks;
    std::vector<OwnPipe> pipes;
    std::vector<ReadGrowth> growths(17);
    for (auto& growth : growths) {
        pipes.push_back(make_pipe());
        growth.saw(pipes.back().read_end.get(), 128 * kib, 64 * kib);
    }
    CHECK(size_of(pipes[15].read_end.get()) == 1024 * kib);
    CHECK(size_of(pipes[16].read_end.get()) == 64 * kib);
    CHECK(growths[16].at_once() == 256 * kib); // memory is not limited
    growths[3].end();
    ReadGrowth last;
    last.saw(pipes[16].read_end.get(), 128 * kib, 64 * kib);
    CHECK(size_of(pipes[16].read_end.get()) == 1024 * kib);
}

TEST_CASE("every way of reading a stream lets its pipe grow", "[growth]")
{
    NoLeaks const no_leaks;
    struct Way {
        char const* name;
        std::function<void(ReadStream&)> read;
    };
    std::string into(64 * kib, '\0');
    Way const ways[] = {
        {"read_some",
         [&](ReadStream& stream) {
             static_cast<void>(stream.read_some(into));
         }},
        {"read",
         [&](ReadStream& stream) { static_cast<void>(stream.read(64 * kib)); }},
        {"try_read",
         [&](ReadStream& stream) { static_cast<void>(stream.try_read()); }},
        {"chunks",
         [](ReadStream& stream) {
             auto const range = stream | chunks;
             auto at = range.begin();
             CHECK((*at).size() == 64 * kib);
             ++at; // else the chunk would be put back
         }},
    };
    for (auto const& way : ways) {
        CAPTURE(way.name);
        auto pipe = make_pipe();
        ReadStream stream(pipe.read_end.release());
        read_full(pipe, [&] { way.read(stream); });
        CHECK(size_of(stream.fd()) == 1024 * kib);
    }
}

TEST_CASE("lines of a stream and of a descriptor let the pipe grow", "[growth]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    {
        auto const range = Stdio(pipe.read_end.get()) | records('\n');
        std::string const block = std::string(64 * kib - 1, 'x') + '\n';
        auto const put = [&] {
            REQUIRE(::write(pipe.write_end.get(), block.data(), block.size())
                    == static_cast<ssize_t>(block.size()));
        };
        put();
        auto at = range.begin();
        CHECK((*at).size() == block.size() - 1);
        put();
        ++at;
        CHECK((*at).size() == block.size() - 1);
    }
    CHECK(size_of(pipe.read_end.get()) == 1024 * kib);
}
