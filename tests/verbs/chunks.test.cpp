// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Output in pieces of bytes.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

static_assert(std::ranges::input_range<ChunkRange>);
static_assert(!std::ranges::forward_range<ChunkRange>);
static_assert(std::ranges::view<ChunkRange>);
static_assert(std::copyable<ChunkRange>);
static_assert(std::default_initializable<ChunkRange>);
static_assert(std::same_as<std::ranges::range_value_t<ChunkRange>,
                           std::vector<std::byte>>);
static_assert(std::same_as<std::ranges::range_reference_t<ChunkRange>, Chunk>);
static_assert(std::convertible_to<Chunk, std::span<std::byte const>>);
static_assert(std::convertible_to<Chunk, std::vector<std::byte>>);

namespace {

std::string random_bytes(std::size_t size)
{
    std::mt19937 random(3);
    std::string bytes(size, ' ');
    for (auto& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}

template <class R>
std::vector<std::size_t> sizes(R&& range)
{
    std::vector<std::size_t> all;
    for (std::span<std::byte const> const chunk : range)
        all.push_back(chunk.size());
    return all;
}

using Sizes = std::vector<std::size_t>;

} // namespace

TEST_CASE("chunks are the bytes as they come, none empty, none too long",
          "[chunks]")
{
    NoLeaks const no_leaks;
    auto const bytes = random_bytes(1'000'000);
    auto const e = cmd(child("copy")) < text(bytes);
    for (std::size_t const size : {1000ul, 65536ul, 10'000'000ul}) {
        CAPTURE(size);
        auto const range = e | chunks(size);
        std::string got;
        bool all_fit = true;
        for (Chunk const chunk : range) {
            all_fit &= !chunk.empty() && chunk.size() <= size;
            got += chunk.text();
        }
        CHECK(all_fit);
        CHECK((got == bytes));
        CHECK(range.result().returncode == 0);
    }
}

TEST_CASE("no output is no chunk", "[chunks]")
{
    NoLeaks const no_leaks;
    CHECK(sizes(cmd(child("exit_with"), 0) | chunks(10)).empty());
    CHECK(
        sizes(cmd(child("exit_with"), 0) | chunks(10, {.full = true})).empty());
    CHECK(sizes(ChunkRange()).empty());
}

TEST_CASE("full chunks are full, but for the last", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("copy_bytewise")) < text("0123456789");
    CHECK(sizes(e | chunks(4, {.full = true})) == Sizes{4, 4, 2});
    CHECK(sizes(e | chunks(5, {.full = true})) == Sizes{5, 5});
    CHECK(sizes(e | chunks(100, {.full = true})) == Sizes{10});
    CHECK(sizes(e | chunks(1)) == Sizes(10, 1));
}

TEST_CASE("a full chunk may be larger than any read", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("fill"), 5'000'000);
    CHECK(sizes(e | chunks(2'000'000, {.full = true}))
          == Sizes{2'000'000, 2'000'000, 1'000'000});
}

TEST_CASE("a size that cannot be reached costs no memory", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const most = static_cast<std::size_t>(-1);
    auto const e = cmd(child("print"), "abc");
    CHECK(joined_bytes(e | chunks(most)) == "abc");
    CHECK(sizes(e | chunks(most, {.full = true})) == Sizes{3});
}

TEST_CASE("chunks without a size are what one read gives, and grow", "[chunks]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const bytes = random_bytes(500'000);
    write_file(directory / "f", bytes);
    auto const range = Stdio(directory / "f") | chunks;
    CHECK(sizes(range) == Sizes{65536, 65536, 262144, 106784});
    CHECK((joined_bytes(Stdio(directory / "f") | chunks) == bytes));
    auto const whole = Stdio(directory / "f") | chunks({.full = true});
    CHECK(sizes(whole) == Sizes{500'000});

    auto const e = cmd(child("copy")) < text(bytes);
    CHECK((joined_bytes(e | chunks) == bytes));
    CHECK((joined_bytes(stderr_of(sh("cat >&2") < text(bytes)) | chunks)
           == bytes));
    CHECK(read(e | chunks | cmd(child("copy"))) == bytes);
    CHECK(sizes(cmd(child("exit_with"), 3) | chunks({.check = false})).empty());
}

TEST_CASE("small chunks of what runnel opened are cut out of large reads",
          "[chunks]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    REQUIRE(::write(pipe.write_end.get(), "abcdefg", 7) == 7);
    ReadStream stream(pipe.read_end.release());
    auto const at_once = [&] {
        int left = -1;
        REQUIRE(::ioctl(stream.fd(), FIONREAD, &left) == 0);
        return left == 0;
    };
    for (Chunk const chunk : stream | chunks(2)) {
        CHECK(chunk.text() == "ab");
        CHECK(at_once());
        break;
    }
}

TEST_CASE(
    "chunks of a stream without a buffer take no byte more than they give",
    "[chunks]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    REQUIRE(::write(pipe.write_end.get(), "abcdefg", 7) == 7);
    ReadStream stream(pipe.read_end.release(), 0);
    for (Chunk const chunk : stream | chunks(2)) {
        CHECK(chunk.text() == "ab");
        break;
    }
    int left = -1;
    REQUIRE(::ioctl(stream.fd(), FIONREAD, &left) == 0);
    CHECK(left == 5);
}

TEST_CASE("chunks of a stream that were not passed are read next", "[chunks]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "abcdefg"}, {.out = Stdio::pipe});
    p.wait();
    {
        auto const range = p.out() | chunks(2);
        auto at = range.begin();
        ++at;
        CHECK((*at).text() == "cd");
    }
    CHECK(p.out().read(5) == "cdefg");
    p.wait();
}

TEST_CASE("chunks of a descriptor take no byte more than they give", "[chunks]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "abcdef");
    auto const file = open_fd(directory / "f", O_RDONLY);
    for (Chunk const chunk : Stdio(file.get()) | chunks(2)) {
        CHECK(chunk.text() == "ab");
        break;
    }
    CHECK(::lseek(file.get(), 0, SEEK_CUR) == 2);
}

TEST_CASE("a chunk that is there does not wait to be full", "[chunks]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    auto const e = cmd(child("lines_on_demand")) < Stdio(pipe.read_end.get());
    auto const range = e | chunks(1000);
    REQUIRE(::write(pipe.write_end.get(), ".", 1) == 1);
    auto at = range.begin();
    CHECK((*at).text() == "1\n");
    ++at; // reads nothing yet
    REQUIRE(::write(pipe.write_end.get(), ".", 1) == 1);
    CHECK((*at).text() == "2\n");
    pipe.write_end.close();
    ++at;
    CHECK(at == range.end());
}

TEST_CASE("a chunk gives its bytes, or the same as text", "[chunks]")
{
    NoLeaks const no_leaks;
    for (auto const chunk : cmd(child("print"), "ab") | chunks(10)) {
        CHECK(chunk.text() == "ab");
        CHECK(chunk[0] == std::byte{'a'});
        CHECK(chunk.size() == 2);
        std::vector<std::byte> const owned = chunk;
        CHECK(owned == std::vector{std::byte{'a'}, std::byte{'b'}});
    }
    CHECK(Chunk().text() == "");
}

TEST_CASE("what is collected of chunks are owned bytes", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "abcde");
    std::vector<std::vector<std::byte>> all;
    std::ranges::copy(e | chunks(2, {.full = true}), std::back_inserter(all));
    REQUIRE(all.size() == 3);
    CHECK(all[0] == std::vector{std::byte{'a'}, std::byte{'b'}});
    CHECK(all[2] == std::vector{std::byte{'e'}});
}

TEST_CASE("a chunk is valid until the iterator moves on", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const range = cmd(child("fill"), 300'000) | chunks(1000);
    bool all_valid = true;
    for (auto at = range.begin(); at != range.end(); ++at) {
        auto const chunk = *at;
        all_valid &= (*at).data() == chunk.data() && chunk.text().front() == 'o'
                  && chunk.text().back() == 'o';
    }
    CHECK(all_valid);
}

TEST_CASE("chunks go into a process byte for byte", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const bytes = random_bytes(1'000'000);
    auto const e = cmd(child("copy")) < text(bytes);
    std::string got;
    check(e | chunks(777) | cmd(child("copy")) | to(got));
    CHECK((got == bytes));
    check(e | chunks(100'000, {.full = true}) | cmd(child("copy"))
          | cmd(child("copy")) | to(got));
    CHECK((got == bytes));
}

TEST_CASE("chunks that C++ made go into a process as they are", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const reversed = [](Chunk chunk) {
        return std::vector<std::byte>(chunk.rbegin(), chunk.rend());
    };
    auto const e = cmd(child("print"), "abcdef") | chunks(2, {.full = true})
                 | std::views::transform(reversed) | cmd(child("copy"));
    std::string got;
    check(e | to(got));
    CHECK(got == "badcfe");
}

TEST_CASE("chunks of a file are all that is in it", "[chunks]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const bytes = random_bytes(300'001);
    write_file(directory / "f", bytes);
    CHECK((joined_bytes(Stdio(directory / "f") | chunks(4096)) == bytes));
    auto const range = Stdio(directory / "f") | chunks(100'000, {.full = true});
    CHECK(sizes(range) == Sizes{100'000, 100'000, 100'000, 1});
    CHECK(range.result().stages.empty());
    CHECK(range.result().returncode == 0);
    CHECK(sizes(Stdio(devnull) | chunks(10)).empty());
}

TEST_CASE("chunks of a descriptor begin where it stands", "[chunks]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "abcdef");
    auto const file = open_fd(directory / "f", O_RDONLY);
    REQUIRE(::lseek(file.get(), 2, SEEK_SET) == 2);
    CHECK(joined_bytes(Stdio(file.get()) | chunks(3)) == "cdef");
    CHECK(::fcntl(file.get(), F_GETFD) >= 0);
}

TEST_CASE("chunks of a stream begin with what was read ahead", "[chunks]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "first\nsecond\nthird"}, {.out = Stdio::pipe});
    CHECK(p.out().readline() == "first\n");
    CHECK(joined_bytes(p.out() | chunks(5)) == "second\nthird");
}

TEST_CASE("a file of chunks that is not there is told by name", "[chunks]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const range = Stdio(directory / "no-such-file") | chunks(10);
    CHECK(message_of<std::system_error>([&] {
              sizes(range);
          }).find(directory / "no-such-file")
          != std::string::npos);
}

TEST_CASE("chunks of no bytes are refused", "[chunks]")
{
    auto const e = cmd(child("print"), "a");
    CHECK_THROWS_AS(e | chunks(0), std::invalid_argument);
    CHECK_THROWS_AS(Stdio(devnull) | chunks(0), std::invalid_argument);
    ReadStream none;
    CHECK_THROWS_AS(none | chunks(0), std::invalid_argument);
    CHECK_THROWS_AS(Stdio(Stdio::pipe) | chunks(1), std::invalid_argument);
}

TEST_CASE("nothing is started before the begin of chunks", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const range = cmd("no-such-program") | chunks(10);
    CHECK_THROWS_AS(range.begin(), SpawnError);
    CHECK_THROWS_AS(range.begin(), SpawnError);
}

TEST_CASE("leaving chunks early leaves nothing behind", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_forever")) | cmd(child("copy"));
    for (Chunk const chunk : e | chunks(10)) {
        CHECK(chunk.text().front() == 'y');
        break;
    }
    CHECK(no_leaks.left_behind() == "");
    auto const loop = [&] {
        for (Chunk const chunk : e | chunks(10))
            throw std::runtime_error(std::string(chunk.text().substr(0, 1)));
    };
    CHECK(message_of<std::runtime_error>(loop) == "y");
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a second loop over chunks goes on where the first one left",
          "[chunks]")
{
    NoLeaks const no_leaks;
    auto const range =
        cmd(child("print"), "abcdef") | chunks(2, {.full = true});
    for (Chunk const chunk : range) {
        CHECK(chunk.text() == "ab");
        break;
    }
    auto at = range.begin();
    CHECK((*at).text() == "ab");
    ++at;
    auto const copy = range;
    CHECK(joined_bytes(copy) == "cdef");
}

TEST_CASE("reading past the end of chunks is told", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const range = cmd(child("print"), "a") | chunks(2);
    auto at = range.begin();
    ++at;
    CHECK(at == range.end());
    CHECK_THROWS_AS(*at, std::logic_error);
    CHECK_THROWS_AS(*ChunkRange().begin(), std::logic_error);
}

TEST_CASE("a failure is thrown at the end of the chunks", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("printf abc; exit 3");
    auto const range = failing | chunks(10);
    CHECK_THROWS_AS(range.result(), std::logic_error);
    std::string got;
    auto const loop = [&] {
        for (Chunk const chunk : range)
            got += chunk.text();
    };
    CHECK_THROWS_AS(loop(), CalledProcessError);
    CHECK(got == "abc");
    CHECK(range.begin() == range.end());
    CHECK(range.result().returncode == 3);

    auto const unchecked = failing | chunks(10, {.check = false});
    CHECK(joined_bytes(unchecked) == "abc");
    CHECK(unchecked.result().returncode == 3);
    CHECK_THROWS_AS(ChunkRange().result(), std::logic_error);
}

TEST_CASE("a timeout ends chunks and all that was started", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("sleep_until_killed")) | cmd(child("copy"));
    for (bool const full : {false, true}) {
        auto const range = e | chunks(100, {.full = full, .timeout = 30ms});
        CHECK_THROWS_AS(joined_bytes(range), TimeoutExpired);
        CHECK(no_leaks.left_behind() == "");
        CHECK(range.begin() == range.end());
    }
}

TEST_CASE("a stop ends chunks", "[chunks]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    auto const range =
        cmd(child("sleep_until_killed")) | chunks(1, {.stop = source.token()});
    auto at = range.begin();
    CHECK((*at).text() == "r");
    ++at;
    source.request_stop();
    CHECK_THROWS_AS(at == range.end(), StopRequested);
}

TEST_CASE(
    "chunks of a pipeline that ends in a stage are its words with their ends",
    "[chunks]")
{
    NoLeaks const no_leaks;
    auto const long_ones = stage(std::views::filter(
        [](std::string_view line) { return line.size() > 1; }));
    auto const e = cmd(child("print"), "aa\nb\ncc") | long_ones;
    CHECK(joined_bytes(e | chunks(100)) == "aa\ncc\n");
    CHECK(sizes(e | chunks(4, {.full = true})) == Sizes{4, 2});
    CHECK(sizes(e | chunks(1)) == Sizes(6, 1));
    auto const range = e | chunks(2);
    CHECK(joined_bytes(range) == "aa\ncc\n");
    CHECK(range.result().stages.size() == 1);
}

TEST_CASE("chunks of first(n) are its lines byte for byte", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const print = cmd(child("print"), "a\n\nb\nc");
    CHECK(joined_bytes(print | first(3) | chunks(100)) == "a\n\nb\n");
    CHECK(joined_bytes(print | first(9) | chunks(100)) == "a\n\nb\nc");
    CHECK(joined_bytes(print | first(0) | chunks(100)) == "");
    CHECK(joined_bytes(cmd(child("write_forever")) | first(2) | chunks(3))
          == "y\ny\n");
}

TEST_CASE("a failure in front of a stage is thrown at the end of its chunks",
          "[chunks]")
{
    NoLeaks const no_leaks;
    auto const same = stage(std::identity());
    auto const range = sh("echo a; exit 3") | same | chunks(10);
    std::string got;
    auto const loop = [&] {
        for (Chunk const chunk : range)
            got += chunk.text();
    };
    CHECK_THROWS_AS(loop(), CalledProcessError);
    CHECK(got == "a\n");
    CHECK(range.result().returncode == 3);
}

TEST_CASE("what a stage throws is thrown by the chunks behind it", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const throwing =
        stage(std::views::transform([](std::string_view line) -> std::string {
            throw std::runtime_error(std::string(line));
        }));
    auto const range = cmd(child("write_forever")) | throwing | chunks(10);
    CHECK(message_of<std::runtime_error>([&] { sizes(range); }) == "y");
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a stage can give bytes to chunks", "[chunks]")
{
    NoLeaks const no_leaks;
    auto const raw = stage(std::views::transform([](std::string_view line) {
        auto const bytes = std::as_bytes(std::span(line));
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    }));
    CHECK(joined_bytes(cmd(child("print"), "a\n\nb\n") | raw | chunks(100))
          == "ab");
}
