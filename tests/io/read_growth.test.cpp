// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Reads and pipes that grow while the writer is the faster side.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include "text/line_buffer.hpp"

#include <runnel/detail/read_growth.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <span>
#include <string>
#include <utility>
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

/// Readers whose writers are faster: the pipes of all but the last one are large then.
std::pair<std::vector<OwnPipe>, std::vector<ReadGrowth>> one_pipe_too_many()
{
    std::vector<OwnPipe> pipes;
    std::vector<ReadGrowth> growths(17);
    for (auto& growth : growths) {
        pipes.push_back(make_pipe());
        growth.saw(pipes.back().read_end.get(), 128 * kib, 64 * kib);
    }
    return {std::move(pipes), std::move(growths)};
}

/// A system where no pipe may hold more than `Most` bytes.
template <long Most>
int fcntl_up_to(int fd, int command, long argument)
{
    if (command == F_SETPIPE_SZ && argument > Most)
        return -EPERM;
    int const result = ::fcntl(fd, command, argument);
    return result < 0 ? -errno : result;
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
    auto [pipes, growths] = one_pipe_too_many();
    CHECK(size_of(pipes[15].read_end.get()) == 1024 * kib);
    CHECK(size_of(pipes[16].read_end.get()) == 64 * kib);
    CHECK(growths[16].at_once() == 256 * kib); // memory is not limited
    growths[3].end();
    ReadGrowth last;
    last.saw(pipes[16].read_end.get(), 128 * kib, 64 * kib);
    CHECK(size_of(pipes[16].read_end.get()) == 1024 * kib);
}

TEST_CASE("a pipe that may not grow is asked again when much more has come",
          "[growth]")
{
    NoLeaks const no_leaks;
    auto [pipes, growths] = one_pipe_too_many();
    int const waiting = pipes[16].read_end.get();
    CHECK(size_of(waiting) == 64 * kib);
    growths[3].end();
    growths[16].saw(waiting, 16 * 1024 * kib - 1, 64 * kib);
    CHECK(size_of(waiting) == 64 * kib);
    growths[16].saw(waiting, 64 * kib, 64 * kib);
    CHECK(size_of(waiting) == 1024 * kib);
}

TEST_CASE("reads of a few bytes do not make a pipe grow", "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    ReadGrowth growth;
    for (int i = 0; i < 200'000; ++i)
        growth.saw(pipe.read_end.get(), 1, 1);
    CHECK(growth.at_once() == 64 * kib);
    CHECK(size_of(pipe.read_end.get()) == 64 * kib);
}

TEST_CASE("if the system refuses a large pipe, a smaller one is made",
          "[growth]")
{
    NoLeaks const no_leaks;
    OtherCalls const low_limit(
        [](posix::Calls& table) { table.fcntl = fcntl_up_to<256 * 1024>; });
    auto const pipe = make_pipe();
    ReadGrowth growth;
    growth.saw(pipe.read_end.get(), 128 * kib, 64 * kib);
    CHECK(size_of(pipe.read_end.get()) == 256 * kib);
}

TEST_CASE("no share is taken for pipes that the system lets not grow",
          "[growth]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    std::vector<ReadGrowth> growths(20);
    {
        OtherCalls const no_growth(
            [](posix::Calls& table) { table.fcntl = fcntl_up_to<0>; });
        for (auto& growth : growths)
            growth.saw(pipe.read_end.get(), 128 * kib, 64 * kib);
    }
    ReadGrowth last;
    last.saw(pipe.read_end.get(), 128 * kib, 64 * kib);
    CHECK(size_of(pipe.read_end.get()) == 1024 * kib);
}

namespace {

/// Prints how much the pipe between its two commands holds.
Pipeline measured()
{
    return cmd("true") | cmd(child("print_pipe_size"), 0, 1);
}

} // namespace

TEST_CASE("pipes between commands that have ended take no share", "[growth]")
{
    NoLeaks const no_leaks;
    auto const size = read(measured());
    CHECK(size != "65536");
    auto const pass = stage(std::identity());
    auto const fails = cmd("/no/such/program");
    std::vector<std::vector<Job>> jobs; // that are over and still there
    auto const check_after = [&](auto const& e) {
        auto& these = jobs.emplace_back();
        for (int i = 0; i < 70; ++i) {
            these.push_back(start(e));
            CHECK(these.back().wait());
        }
        CHECK(read(measured()) == size);
    };
    check_after(cmd("true") | cmd("true"));
    check_after(cmd("true") | pass | cmd("cat") | capture);
    check_after(cmd("true") | tee("/dev/null") | pass | capture);
    check_after((fails | cmd("cat")) || cmd("true"));
    check_after((cmd("true") | fails) || cmd("true"));
}

TEST_CASE(
    "pipes between commands of one run give back, whatever the commands do",
    "[growth]")
{
    NoLeaks const no_leaks;
    auto const size = read(measured());
    auto const fails = cmd("true") | cmd("/no/such/program");
    auto const staged = cmd("true") | stage(std::identity()) | cmd("cat");
    for (auto const& before : {measured(), Pipeline(fails), Pipeline(staged)}) {
        std::vector<Pipeline> many(70, before > devnull);
        many.push_back(measured());
        CHECK(read(seq(many)) == size);
    }
}

TEST_CASE("a pipe that is in use keeps its share", "[growth]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    std::vector<Job> jobs;
    for (int i = 0; i < 64; ++i) {
        auto const writers =
            seq(cmd("true"), cmd("echo"),
                cmd(child("copy")) < Stdio(gate.read_end.get()));
        jobs.push_back(start((writers | cmd("cat")) > Stdio::pipe));
        CHECK(jobs.back().out().read(1) == "\n"); // two writers have ended
    }
    CHECK(read(measured()) == "65536");
    gate.write_end.close();
    for (auto& job : jobs)
        job.wait();
    CHECK(read(measured()) != "65536");
}

TEST_CASE("what a very long line has needed is not kept", "[growth]")
{
    std::size_t const much = 32 * 1024 * kib;
    detail::LineBuffer lines_of_a_range;
    char const* line = nullptr;
    auto const room = lines_of_a_range.room(line, much);
    std::ranges::fill(room, 'x');
    lines_of_a_range.commit(much);
    static_cast<void>(lines_of_a_range.room(line, 256 * kib));
    CHECK(lines_of_a_range.capacity() > much); // the line goes on
    auto const capacity = lines_of_a_range.capacity();
    std::size_t read = 0;
    while (lines_of_a_range.capacity() == capacity) { // it has ended
        line = lines_of_a_range.end() - 10;
        auto const more = lines_of_a_range.room(line, 256 * kib);
        std::ranges::fill(more, 'x');
        lines_of_a_range.commit(more.size());
        read += more.size();
        REQUIRE(read < 2 * capacity);
    }
    CHECK(read > capacity); // the next long line would need it
    CHECK(lines_of_a_range.capacity() < 1024 * kib);
    CHECK(std::string_view(line, 10) == std::string(10, 'x'));
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
