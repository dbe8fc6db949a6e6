// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a loop's drains and feeds promise by themselves.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include "io/pump.hpp"
#include "io/tee_copy.hpp"
#include "sys/clock.hpp"
#include "sys/linux/calls.hpp"
#include "sys/pipe.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

sys::Pipe new_pipe()
{
    return std::move(sys::open_pipe().value);
}

char const* end_of(std::string_view bytes)
{
    return bytes.data() + bytes.size();
}

/// Writes to a pipe whenever it was read, as much as was taken, and never stops.
class EndlessWriter {
public:
    explicit EndlessWriter(sys::Pipe const& pipe)
    {
        to = pipe.write_end.get();
        reads = 0;
        refill(4096);
        table = posix::native_calls();
        table.read = [](int from, void* into, std::size_t room) {
            auto const count = posix::native_calls().read(from, into, room);
            if (++reads < enough)
                refill(static_cast<std::size_t>(count));
            return count;
        };
        posix::replace_calls(&table);
    }
    EndlessWriter(EndlessWriter const&) = delete;
    EndlessWriter& operator=(EndlessWriter const&) = delete;
    ~EndlessWriter() { posix::replace_calls(nullptr); }

    /// Far beyond what a bounded reader takes; ends the test if there is none.
    static constexpr int enough = 100'000;
    static inline int reads;

private:
    static void refill(std::size_t count)
    {
        std::string const bytes(count, 'f');
        static_cast<void>(!::write(to, bytes.data(), bytes.size()));
    }

    static inline posix::Calls table;
    static inline int to;
};

std::string varied(std::size_t size)
{
    std::string text;
    for (int i = 0; text.size() < size; ++i)
        text += std::to_string(i) + ' ';
    text.resize(size);
    return text;
}

} // namespace

TEST_CASE("a writer that never stops does not keep a loop that ends",
          "[io][pump][guard][found:H]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto pipe = new_pipe();
    auto& drain = pump.drain(std::move(pipe.read_end));
    EndlessWriter const writer(pipe);
    pump.finish_now();
    CHECK(writer.reads < writer.enough);
    CHECK(drain.bytes.size() >= 4096);
    CHECK(drain.bytes.size() <= 2 * 1024 * 1024);
    CHECK(pump.is_idle());
}

TEST_CASE("the tail that is kept has exactly the size of its limit",
          "[io][pump][limits][guard][found:B12][found:H]")
{
    NoLeaks const no_leaks;
    auto const text = varied(300'000);
    for (std::size_t const bytes :
         {1u, 1000u, 65535u, 65536u, 65537u, 299'999u}) {
        CAPTURE(bytes);
        auto const done =
            run((cmd(child("copy")) < ::runnel::text(text)) > capture,
                {.limit = {.bytes = bytes, .excess = CaptureLimit::keep_tail}});
        CHECK(done.out.size() == bytes);
        CHECK((done.out == std::string_view(text).substr(text.size() - bytes)));
    }
}

TEST_CASE("to keep a tail costs no more for one limit than for another",
          "[io][pump][limits][found:B12]")
{
    NoLeaks const no_leaks;
    std::string const piece(64 * 1024, 'x');
    for (std::size_t const limit :
         {1000u, 64u * 1024, 128u * 1024 + 1, 960u * 1024, 1024u * 1024}) {
        CAPTURE(limit);
        Drain drain;
        drain.limit = {.bytes = limit, .excess = CaptureLimit::keep_tail};
        drain.append(piece);
        std::size_t moved = 0; ///< bytes, by a move of the content to the front
        for (int i = 0; i < 1000; ++i) {
            auto const* const end = end_of(drain.bytes.view());
            auto const before = drain.bytes.size();
            drain.append(piece);
            if (end_of(drain.bytes.view()) != end + piece.size())
                moved += before;
        }
        CHECK(drain.bytes.size() == limit);
        CHECK(moved <= 3 * 1000 * piece.size());
    }
}

TEST_CASE("a tee does not take a pipe that others filled for its end",
          "[io][pump][tee][found:B16]")
{
    NoLeaks const no_leaks;
    static int zeros;
    zeros = 1;
    auto table = posix::native_calls();
    // As the kernel does if the pipe is filled between two of its looks at it.
    table.tee = [](int from, int to, std::size_t most) -> long {
        return zeros-- > 0 ? 0 : posix::native_calls().tee(from, to, most);
    };
    posix::replace_calls(&table);
    BytePump pump;
    auto in = new_pipe();
    auto main = new_pipe();
    auto& tee = pump.copy(TeeCopy(
        NoWaitFd(std::move(in.read_end), Held::by_us),
        Outlet(std::move(main.write_end)),
        {{Outlet(sys::Fd(open_fd("/dev/null", O_WRONLY).release())), "null"}}));
    CHECK(::write(in.write_end.get(), "abc", 3) == 3);
    pump.run(sys::Deadline::min());
    CHECK(zeros < 1);
    CHECK(tee.is_open());
    in.write_end.reset();
    CHECK(pump.run(sys::deadline_after(5s)));
    CHECK(tee.saw_end());
    CHECK(read_all(main.read_end.get()) == "abc");
    posix::replace_calls(nullptr);
}

TEST_CASE("an error in one pipe does not lose what lies in the others",
          "[io][pump][guard]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto first = new_pipe();
    auto second = new_pipe();
    pump.drain(std::move(first.read_end));
    auto const& drain = pump.drain(std::move(second.read_end));
    CHECK(::write(first.write_end.get(), "a", 1) == 1);
    CHECK(::write(second.write_end.get(), "b", 1) == 1);
    Faults faults;
    faults.fail_once("read", EIO);
    CHECK_THROWS_AS(pump.finish_now(), std::system_error);
    CHECK(drain.bytes.view() == "b");
    CHECK(pump.is_idle());
}

TEST_CASE("input is kept while a process that was left behind may read it",
          "[io][pump][found:A9]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto pipe = new_pipe();
    std::string const input(std::size_t{3} * 1024 * 1024, 'x');
    pump.feed(std::move(pipe.write_end), input);
    pump.run(sys::Deadline::min());
    CHECK(pump.close_unread_input());
    CHECK_FALSE(pump.is_idle());
    SECTION("it reads all")
    {
        std::string got(input.size(), '\0');
        std::size_t size = 0;
        while (!pump.is_idle()) {
            auto const count = ::read(pipe.read_end.get(), got.data() + size,
                                      got.size() - size);
            REQUIRE(count > 0);
            size += static_cast<std::size_t>(count);
            pump.run(sys::Deadline::min());
        }
    }
    SECTION("it goes")
    {
        pipe.read_end.reset();
        CHECK_FALSE(pump.close_unread_input());
        CHECK(pump.is_idle());
    }
    SECTION("it goes while the loop runs")
    {
        pipe.read_end.reset();
        CHECK(pump.run(sys::deadline_after(5s)));
    }
}
