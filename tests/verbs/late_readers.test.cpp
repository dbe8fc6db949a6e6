// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Readers that come after the time limit: what was there in time is theirs.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <ranges>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Long enough for a child to come to its end, also on a loaded machine.
constexpr auto limit = 2s;

/// Lets the limit of what begins now or has begun pass.
void be_late()
{
    std::this_thread::sleep_for(limit + 50ms);
}

std::string_view text_of(Line line)
{
    return line;
}
std::string_view text_of(Chunk chunk)
{
    return chunk.text();
}

/// What is read; the reader is late behind the first piece.
std::string read_late(auto&& range)
{
    std::string all;
    for (auto const& piece : range) {
        if (all.empty())
            be_late();
        all += text_of(piece);
    }
    return all;
}

/// The same by an event loop.
std::string step_late(LineRange range)
{
    static_cast<void>(range.fd()); // starts what is read
    be_late();
    std::string all;
    while (!range.ended())
        if (auto const line = range.try_next())
            all += text_of(*line);
    return all;
}

auto three_lines()
{
    return cmd(child("print"), "1\n2\n3\n");
}

Popen three_lines_piped()
{
    return Popen({child("print"), "1\n2\n3\n"}, {.out = Stdio::pipe});
}

/// A stage that changes nothing.
auto same()
{
    return stage([](LineRange in) {
        return std::views::transform(std::move(in), [](std::string_view line) {
            return std::string(line);
        });
    });
}

std::string outcome_late(Pump pump, bool steps)
{
    auto job = start(three_lines() | capture, {.timeout = limit, .pump = pump});
    be_late();
    while (steps && !job.step())
        ;
    return job.wait().out.str();
}

struct Reader {
    std::string name;
    std::string wanted;
    std::function<std::string()> read;
};

std::vector<Reader> readers(std::string const& file)
{
    LineOptions const by_lines{.timeout = limit};
    ChunkOptions const by_chunks{.timeout = limit};
    auto const e = three_lines();
    std::string const all = "1\n2\n3\n";
    return {
        {"lines", "123", [=] { return read_late(e | lines(by_lines)); }},
        {"chunks", all, [=] { return read_late(e | chunks(2, by_chunks)); }},
        {"two commands", "123",
         [=] { return read_late((e | cmd(child("copy"))) | lines(by_lines)); }},
        {"a tee", "123",
         [=] { return read_late((e | tee(devnull)) | lines(by_lines)); }},
        {"a stage", "123",
         [=] { return read_late((e | same()) | lines(by_lines)); }},
        {"try_next", "123", [=] { return step_late(e | lines(by_lines)); }},
        {"a job, pumped by the caller, waited for", all,
         [] { return outcome_late(Pump::caller, false); }},
        {"a job, pumped by the caller, stepped", all,
         [] { return outcome_late(Pump::caller, true); }},
        {"a job, pumped by a thread, waited for", all,
         [] { return outcome_late(Pump::thread, false); }},
        {"a job, pumped by a thread, stepped", all,
         [] { return outcome_late(Pump::thread, true); }},
        {"a stream", "123",
         [=] {
             auto p = three_lines_piped();
             return read_late(p.out() | lines(by_lines));
         }},
        {"a stream in pieces smaller than its buffer", all,
         [=] {
             auto p = three_lines_piped();
             return read_late(p.out() | chunks(2, by_chunks));
         }},
        {"a stream and try_next", "123",
         [=] {
             auto p = three_lines_piped();
             return step_late(p.out() | lines(by_lines));
         }},
        {"a file", "123",
         [=] { return read_late(Stdio(file) | lines(by_lines)); }},
        {"a file in chunks", all,
         [=] { return read_late(Stdio(file) | chunks(2, by_chunks)); }},
        {"a file and try_next", "123",
         [=] { return step_late(Stdio(file) | lines(by_lines)); }},
        {"the null device and try_next", "",
         [=] { return step_late(Stdio(devnull) | lines(by_lines)); }},
        {"a descriptor", "123",
         [=] {
             OwnFd const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
             return read_late(Stdio(fd.get()) | lines(by_lines));
         }},
    };
}

} // namespace

TEST_CASE("a reader that is late gets all that was there in time",
          "[language][lines][timeout][found:F1]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    write_file(file, "1\n2\n3\n");
    auto const all = readers(file);
    std::vector<std::future<std::string>> outcomes;
    for (auto const& reader : all)
        outcomes.push_back(std::async(std::launch::async, [&] {
            try {
                return reader.read();
            } catch (std::exception const& error) {
                return std::string(error.what());
            }
        }));
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(all[i].name);
        CHECK(outcomes[i].get() == all[i].wanted);
    }
}

TEST_CASE("what never ends is not read on for ever by a late reader",
          "[language][lines][timeout][found:F1]")
{
    NoLeaks const no_leaks;
    LineOptions const limited{.timeout = 20ms};
    ChunkOptions const limited_chunks{.timeout = 20ms};
    auto const read_all = [](auto&& range) {
        for (auto const& piece : range)
            static_cast<void>(piece);
    };
    PopenOptions const talker{.out = Stdio::pipe,
                              .on_destroy = OnDestroy::teardown};
    SECTION("a stream whose writer never stops")
    {
        Popen p({"yes"}, talker);
        CHECK_THROWS_AS(read_all(p.out() | lines(limited)), TimeoutExpired);
    }
    SECTION("the same in chunks")
    {
        Popen p({"yes"}, talker);
        CHECK_THROWS_AS(read_all(p.out() | chunks(1 << 20, limited_chunks)),
                        TimeoutExpired);
    }
    SECTION("a stream whose writer says nothing")
    {
        Popen p({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
        CHECK_THROWS_AS(read_all(p.out() | lines(limited)), TimeoutExpired);
    }
    SECTION("a device")
    {
        CHECK_THROWS_AS(
            read_all(Stdio("/dev/zero") | chunks(1 << 16, limited_chunks)),
            TimeoutExpired);
    }
    SECTION("a command")
    {
        CHECK_THROWS_AS(read_all(cmd("yes") | chunks(1 << 16, limited_chunks)),
                        TimeoutExpired);
    }
}
