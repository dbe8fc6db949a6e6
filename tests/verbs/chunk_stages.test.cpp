// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// In-process stages over chunks of bytes.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <ranges>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Every byte, many times, so that no text and no lines can be meant.
std::string all_bytes(std::size_t count)
{
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<char>(i * 7 % 256);
    return bytes;
}

auto const same = std::views::transform([](Chunk bytes) { return bytes; });

/// The number of bytes, as a word.
std::vector<std::size_t> size_of_all(ChunkRange in)
{
    std::size_t size = 0;
    for (auto const& bytes : in)
        size += bytes.size();
    return {size};
}

/// The number of bytes of each chunk, as words.
std::vector<std::size_t> sizes_of(ChunkRange in)
{
    std::vector<std::size_t> all;
    for (auto const& bytes : in)
        all.push_back(bytes.size());
    return all;
}

} // namespace

TEST_CASE("a stage over chunks passes every byte on, and its commands stay in "
          "one result",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    auto const bytes = all_bytes(300'000);
    std::size_t passed = 0;
    auto const counted = stage(std::views::transform([&passed](Chunk chunk) {
                                   passed += chunk.size();
                                   return chunk;
                               }),
                               chunks(65536));
    auto const e =
        (cmd(child("copy")) < text(bytes)) | counted | cmd(child("copy"));
    for (int i = 1; i <= 2; ++i) { // it can be run again
        auto const done = run(e > capture);
        CHECK(done.out == bytes);
        CHECK(done.stages.size() == 2);
        CHECK(passed == std::size_t(i) * bytes.size());
    }
    CHECK(to_string(cmd("a") | counted | cmd("b"))
          == "a | cat | b # cat stands for stage");
}

TEST_CASE("a stage over chunks stands wherever a stage over lines can",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    auto const bytes = all_bytes(70'000);
    auto const source = cmd(child("copy")) < text(bytes);
    auto const passed_on = stage(same, chunks(1000));
    SECTION("at the end")
    {
        CHECK(run((source | passed_on) > capture).out == bytes);
        CHECK(joined_bytes(source | passed_on | chunks(64)) == bytes);
        CHECK(run((source | passed_on) > capture).out == bytes);
        CHECK(collect(source | passed_on | lines) == collect(source | lines));
        CHECK(collect(source | passed_on | records('\0'))
              == collect(source | records('\0')));
    }
    SECTION("behind another stage over chunks")
    {
        auto const twice = source | passed_on | stage(same, chunks(333));
        CHECK(run(twice > capture).out == bytes);
        CHECK(joined_bytes(twice | chunks(64)) == bytes);
    }
    SECTION("between stages over lines")
    {
        auto const e = source | stage(std::identity(), {.keep_ends = true})
                     | passed_on | first(3);
        CHECK(run(e > capture).out == run((source | first(3)) > capture).out);
    }
    SECTION("in a branch of a tee, and behind one")
    {
        std::string out;
        auto const sizes = stage(size_of_all, chunks(4096));
        check((source | tee(sizes > to(out)) | cmd(child("count_bytes")))
              > devnull);
        CHECK(out == "70000\n");
    }
    SECTION("in front of all, reading a file")
    {
        TemporaryDirectory const directory;
        write_file(directory / "f", bytes);
        CHECK(read((stage(size_of_all, chunks(77)) < directory / "f"))
              == "70000");
    }
    SECTION("behind a range")
    {
        std::vector<std::string> const words{"a", "bc"};
        CHECK(read(words | stage(size_of_all, chunks(77))) == "5");
        std::vector<std::byte> const buffer(12, std::byte('x'));
        CHECK(read(buffer | stage(size_of_all, chunks(5))) == "12");
    }
}

TEST_CASE("a stage gets chunks of the size that was asked for",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    auto const source = cmd(child("copy")) < text(std::string(10'000, 'x'));
    auto const full = source | stage(sizes_of, chunks(4096, {.full = true}));
    CHECK(collect(full | lines) == Strings{"4096", "4096", "1808"});
    CHECK_THROWS_WITH(stage(sizes_of, chunks(0)),
                      Catch::Contains("chunks(0) would never end"));
}

TEST_CASE("what writes to a stage over chunks is ended when the stage leaves",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    auto const few = [](ChunkRange in) {
        return std::vector<std::byte>(*in.begin());
    };
    auto const done = run(
        (cmd(child("write_forever")) | stage(few, chunks(10, {.full = true})))
        > capture);
    CHECK(done.out == "y\ny\ny\ny\ny\n");
    CHECK(done.returncode == 0);
}

TEST_CASE("an exception of a stage over chunks ends the run, and is thrown",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    auto const fails = [](ChunkRange in) -> std::vector<std::string> {
        (void)*in.begin();
        throw std::domain_error("mine");
    };
    auto const e = cmd(child("write_forever")) | stage(fails, chunks(10));
    CHECK_THROWS_AS(run(e > capture), std::domain_error);
    CHECK_THROWS_AS(collect(e | lines), std::domain_error);
    CHECK_THROWS_AS(run((e | cmd(child("copy"))) > devnull), std::domain_error);
}

TEST_CASE("a range that is kept beyond its stage is at its end",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    ChunkRange chunk_range;
    LineRange line_range;
    auto const keeps_chunks = stage(
        [&](ChunkRange in) {
            (void)*in.begin();
            chunk_range = in;
            return Strings{"done"};
        },
        chunks(10));
    auto const keeps_lines = stage([&](LineRange in) {
        (void)*in.begin();
        line_range = in;
        return Strings{"done"};
    });
    // A function that cannot be copied: the range refers to the stage itself.
    auto const in_front = [] {
        return stage([once = std::make_unique<int>(1)](LineRange in) {
            return in | std::views::filter([&](auto) { return *once == 1; });
        });
    };
    auto const endless = cmd(child("write_forever"));
    auto const check_ends = [&](auto const& e) {
        CHECK(run(e > capture).out == "done\n");
        CHECK(collect(e | lines) == Strings{"done"});
    };
    check_ends(endless | keeps_chunks);
    check_ends(endless | in_front() | keeps_chunks);
    check_ends(endless | keeps_lines);
    check_ends(endless | in_front() | keeps_lines);
    auto at = chunk_range.begin();
    if (at != chunk_range.end()) // the chunk that was read
        ++at;
    CHECK(at == chunk_range.end());
    CHECK(line_range.begin() == line_range.end());
    // Nothing is driven by it any more, either.
    CHECK_FALSE(line_range.try_next());
    CHECK(line_range.fd() == -1);
}

TEST_CASE("a chunk is handed on before the next one is asked for",
          "[language][stage][chunks][found:F16]")
{
    NoLeaks const no_leaks;
    std::string seen;
    auto const noted = [&seen](ChunkRange in) {
        return in | std::views::transform([&seen](Chunk bytes) {
                   seen += bytes.text();
                   return bytes;
               });
    };
    // Each element says what was seen of those before it.
    auto const reports =
        std::views::iota(0, 4) | std::views::transform([&seen](int) {
            return std::to_string(seen.size());
        });
    CHECK(joined_bytes(reports | stage(noted, chunks(64)) | chunks(64))
          == "0\n2\n4\n6\n");
    // One byte, and the last byte of more, come although the child waits.
    for (auto const size : {std::size_t(1), std::size_t(65)}) {
        std::string const word(size, 'x');
        std::string all;
        for (auto const& chunk : cmd(child("write_then_wait"), word)
                                     | stage(same, chunks(64)) | chunks(64)) {
            all += chunk.text();
            if (all.size() == size)
                break;
        }
        CHECK(all == word);
    }
}

TEST_CASE("a word and its end come in one chunk",
          "[language][stage][chunks][guard][found:F16]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{"ab", "", "c"};
    CHECK(collect(words | stage(sizes_of, chunks(64)) | lines)
          == Strings{"3", "1", "2"});
}

TEST_CASE("a time limit ends a stage that reads endless bytes of C++",
          "[language][stage][chunks][timeout][guard][found:F16]")
{
    NoLeaks const no_leaks;
    auto const endless = std::views::iota(0) | std::views::transform([](int) {
                             return std::vector<std::byte>(3);
                         });
    auto const count = stage(
        [](LineRange in) { return std::vector{std::ranges::distance(in)}; });
    CHECK_THROWS_AS(run((endless | stage(size_of_all, chunks(64))) > capture,
                        {.timeout = 50ms}),
                    TimeoutExpired);
    CHECK_THROWS_AS(
        run((std::views::iota(0) | count) > capture, {.timeout = 50ms}),
        TimeoutExpired);
}

TEST_CASE("a time limit ends a stage that waits for a chunk",
          "[language][stage][chunks][timeout][found:F16]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("sleep_until_killed")) | stage(size_of_all, chunks(10));
    CHECK_THROWS_AS(run(e > capture, {.timeout = 50ms}), TimeoutExpired);
    CHECK_THROWS_AS(collect(e | lines({.timeout = 50ms})), TimeoutExpired);
}
