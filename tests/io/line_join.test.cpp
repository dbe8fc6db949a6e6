// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The lines of several pipes in one place.
#include "support/leaks.hpp"

#include "io/line_join.hpp"
#include "io/pump.hpp"
#include "sys/pipe.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;

/// Two writers and a capture.
struct Joined {
    explicit Joined(std::vector<std::string> const& labels = {"", ""})
    {
        std::vector<LineJoin::Source> sources;
        for (auto const& label : labels) {
            auto pipe = std::move(sys::open_pipe().value);
            auto& source = sources.emplace_back();
            source.in = NoWaitFd(std::move(pipe.read_end), Held::by_us);
            if (!label.empty())
                source.labels.emplace(label);
            writers.push_back(std::move(pipe.write_end));
        }
        join = &pump.copy(LineJoin(std::move(sources), Outlet(drain)));
    }

    /// What has arrived after this.
    std::string put(std::size_t writer, std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto const some = bytes.substr(0, 4096);
            CHECK(::write(writers[writer].get(), some.data(), some.size())
                  == static_cast<ssize_t>(some.size()));
            bytes.remove_prefix(some.size());
            pump.run(sys::Deadline::min());
        }
        return got();
    }

    std::string end(std::size_t writer)
    {
        writers[writer].reset();
        pump.run(sys::Deadline::min());
        return got();
    }

    std::string got() const { return std::string(drain.bytes.view()); }

    std::vector<sys::Fd> writers;
    BytePump pump;
    Drain& drain = pump.drain({});
    LineJoin* join = nullptr;
};

} // namespace

TEST_CASE("a line goes on when its end has come", "[together]")
{
    NoLeaks const no_leaks;
    Joined all;
    CHECK(all.put(0, "a").empty());
    CHECK(all.put(1, "x\ny") == "x\n");
    CHECK(all.put(0, "b\n") == "x\nab\n");
    CHECK(all.put(1, "z\n") == "x\nab\nyz\n");
    CHECK(all.end(0) == "x\nab\nyz\n");
    CHECK(all.join->is_open());
    CHECK(all.end(1) == "x\nab\nyz\n");
    CHECK(!all.join->is_open());
    CHECK(all.join->saw_end());
}

TEST_CASE("a last line without newline gets one if another line follows",
          "[together]")
{
    NoLeaks const no_leaks;
    Joined all;
    all.put(0, "a");
    CHECK(all.end(0) == "a");
    CHECK(all.put(1, "b\nc") == "a\nb\n");
    CHECK(all.end(1) == "a\nb\nc");
}

TEST_CASE("a very long line has the place for itself until it ends",
          "[together]")
{
    NoLeaks const no_leaks;
    Joined all;
    auto const piece = std::string(mib + 4096, 'l');
    CHECK((all.put(0, piece) == piece));
    CHECK((all.put(1, "x\n") == piece));
    CHECK((all.put(0, "m") == piece + "m"));
    CHECK((all.put(0, "m\nn") == piece + "mm\n"));
    CHECK((all.put(1, "y\n") == piece + "mm\nx\ny\n"));
    CHECK((all.end(0) == piece + "mm\nx\ny\nn"));
    CHECK((all.end(1) == piece + "mm\nx\ny\nn"));
}

TEST_CASE("a very long line that ends with its pipe lets the others go on",
          "[together]")
{
    NoLeaks const no_leaks;
    Joined all;
    auto const piece = std::string(mib + 4096, 'l');
    all.put(0, piece);
    all.put(1, "x\n");
    all.end(0);
    all.end(1);
    while (all.join->is_open())
        all.pump.run(sys::Deadline::min());
    CHECK((all.got() == piece + "\nx\n"));
    CHECK(all.join->saw_end());
}

TEST_CASE("labels stand in front of each line", "[together]")
{
    NoLeaks const no_leaks;
    Joined all({"a", "b"});
    CHECK(all.put(0, "1\n2\n3") == "a: 1\na: 2\n");
    CHECK(all.put(1, "\n") == "a: 1\na: 2\nb: \n");
    CHECK(all.end(0) == "a: 1\na: 2\nb: \na: 3\n");
    auto const piece = std::string(mib + 1, 'l');
    all.drain.bytes.clear();
    all.put(1, piece);
    all.put(1, "m\n");
    CHECK((all.end(1) == "b: " + piece + "\nb: m\n"));
}

TEST_CASE("what the pipes hold is passed on when a join is ended", "[together]")
{
    NoLeaks const no_leaks;
    Joined all;
    auto const piece = std::string(mib + 4096, 'l');
    all.put(1, piece);
    all.put(0, "x");
    REQUIRE(::write(all.writers[0].get(), "y", 1) == 1);
    REQUIRE(::write(all.writers[1].get(), "m", 1) == 1);
    CHECK(!all.pump.finish_now());
    CHECK((all.got() == piece + "m\nxy"));
    CHECK(!all.join->is_open());
    CHECK(!all.join->saw_end());
}

TEST_CASE("a join ends when its reader has gone, although nothing is written",
          "[together]")
{
    NoLeaks const no_leaks;
    auto in = std::move(sys::open_pipe().value);
    auto out = std::move(sys::open_pipe().value);
    BytePump pump;
    std::vector<LineJoin::Source> sources;
    sources.push_back({NoWaitFd(std::move(in.read_end), Held::by_us)});
    auto& join = pump.copy(
        LineJoin(std::move(sources), Outlet(std::move(out.write_end))));
    pump.run(sys::Deadline::min());
    CHECK(join.is_open());
    out.read_end.reset();
    pump.run(sys::Deadline::min());
    CHECK(!join.is_open());
    CHECK(!join.saw_end());
}

TEST_CASE("nothing is read while a reader is slow", "[together]")
{
    NoLeaks const no_leaks;
    auto in = std::move(sys::open_pipe().value);
    auto out = std::move(sys::open_pipe().value);
    BytePump pump;
    std::vector<LineJoin::Source> sources;
    sources.push_back({NoWaitFd(std::move(in.read_end), Held::by_us)});
    pump.copy(LineJoin(std::move(sources), Outlet(std::move(out.write_end))));
    sys::set_nonblocking(in.write_end.get());
    std::string const lines(4095, 'l');
    std::size_t written = 0;
    for (int i = 0; i < 1000; ++i) {
        if (::write(in.write_end.get(), (lines + '\n').data(), 4096) == 4096)
            written += 4096;
        pump.run(sys::Deadline::min());
    }
    CHECK(written < mib);
    std::string bytes(65536, '\0');
    std::size_t read = 0;
    in.write_end.reset();
    for (auto count = bytes.size(); count > 0; read += count) {
        pump.run(sys::Deadline::min());
        count = sys::read_some(out.read_end.get(), bytes.data(), bytes.size())
                    .value;
    }
    CHECK(read == written);
}
