// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Bytes that go into a capture without a pipe.
#include "support/files.hpp"
#include "support/leaks.hpp"

#include "io/byte_ring.hpp"
#include "io/pump.hpp"
#include "io/tee_copy.hpp"
#include "sys/clock.hpp"
#include "sys/linux/calls.hpp"
#include "sys/pipe.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

sys::Pipe new_pipe()
{
    return std::move(sys::open_pipe().value);
}

void put(sys::Fd const& fd, std::string_view bytes)
{
    CHECK(::write(fd.get(), bytes.data(), bytes.size())
          == static_cast<ssize_t>(bytes.size()));
}

void put(Outlet& outlet, std::string_view bytes)
{
    sys::SigpipeGuard guard;
    CHECK(outlet.write(bytes, guard).value == bytes.size());
}

NoWaitFd input(sys::Fd fd)
{
    return NoWaitFd(std::move(fd), Held::by_us);
}

/// Bytes that tell their place.
std::string varied(std::size_t size)
{
    std::string text;
    for (int i = 0; text.size() < size; ++i)
        text += std::to_string(i) + ' ';
    text.resize(size);
    return text;
}

/// After every read of a pipe it is full again.
class FastWriter {
public:
    explicit FastWriter(int fd)
    {
        to = fd;
        refill();
        table = posix::native_calls();
        table.read = [](int from, void* into, std::size_t room) {
            auto const count = posix::native_calls().read(from, into, room);
            refill();
            return count;
        };
        posix::replace_calls(&table);
    }
    FastWriter(FastWriter const&) = delete;
    FastWriter& operator=(FastWriter const&) = delete;
    ~FastWriter() { posix::replace_calls(nullptr); }

private:
    static void refill()
    {
        static std::string const bytes(4096, 'f');
        while (::write(to, bytes.data(), bytes.size()) > 0) {}
    }

    static inline posix::Calls table;
    static inline int to;
};

} // namespace

TEST_CASE("what a child wrote to a capture before comes first",
          "[io][outlet][found:B16]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto pipe = new_pipe();
    auto& drain = pump.drain(std::move(pipe.read_end));
    Outlet outlet(drain);
    put(pipe.write_end, "child ");
    put(outlet, "ours ");
    put(pipe.write_end, "child again ");
    put(outlet, "ours again");
    pipe.write_end.reset();
    CHECK(pump.run(sys::deadline_after(5s)));
    CHECK(drain.bytes.view() == "child ours child again ours again");
}

TEST_CASE("a capture takes bytes after its pipe has ended", "[io][outlet]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto pipe = new_pipe();
    auto& drain = pump.drain(std::move(pipe.read_end));
    put(pipe.write_end, "child ");
    pipe.write_end.reset();
    Outlet outlet(drain);
    put(outlet, "ours ");
    put(outlet, "ours");
    CHECK(drain.bytes.view() == "child ours ours");
    outlet.close();
    CHECK_FALSE(outlet);
    CHECK(pump.is_idle());
}

TEST_CASE(
    "a poll's word about a capture's pipe is forgotten when it was emptied",
    "[io][outlet][found:B16]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto captured = new_pipe();
    auto& drain = pump.drain(std::move(captured.read_end));
    auto in = new_pipe();
    pump.copy(TeeCopy(input(std::move(in.read_end)), Outlet(drain), {}));
    put(captured.write_end, "child ");
    put(in.write_end, "tee ");
    // Both are ready in one poll; the tee's bytes empty the capture's pipe.
    pump.run(sys::Deadline::min());
    CHECK(drain.bytes.view() == "child tee ");
}

TEST_CASE("a tee leads to memory, and copies there as well",
          "[io][outlet][tee]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto& main = pump.drain({});
    auto& copy = pump.drain({});
    auto& kept = pump.drain({});
    auto in = new_pipe();
    auto owned = std::make_shared<sys::Fd const>(std::move(in.read_end));
    int const fd = owned->get();
    auto& tee = pump.copy(TeeCopy(fd, std::move(owned), Outlet(main),
                                  {{Outlet(copy), "a copy"}}, {&kept}));
    put(in.write_end, "abc");
    in.write_end.reset();
    CHECK(pump.run(sys::deadline_after(5s)));
    CHECK(tee.saw_end());
    for (auto const* const drain : {&main, &copy, &kept})
        CHECK(drain->bytes.view() == "abc");
}

TEST_CASE("a capture gets what a tee read though nobody reads what goes on",
          "[io][outlet][tee]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto& kept = pump.drain({});
    auto in = new_pipe();
    auto out = new_pipe();
    pump.copy(TeeCopy(input(std::move(in.read_end)),
                      Outlet(std::move(out.write_end)),
                      {{Outlet(kept), "a capture"}}));
    put(in.write_end, "abc");
    {
        std::vector<sys::PollItem> items;
        pump.add_items(items);
        CHECK(sys::poll(items, sys::Deadline::min()).value == 1);
        out.read_end.reset(); // after the poll
        pump.move_ready(items);
    }
    CHECK(kept.bytes.view() == "abc");
    CHECK(pump.is_idle());
}

TEST_CASE("C++ writes to memory, as much as it likes", "[io][outlet][stages]")
{
    NoLeaks const no_leaks;
    sys::Waker news;
    BytePump pump;
    auto pipe = new_pipe();
    auto& drain = pump.drain(std::move(pipe.read_end));
    auto const ring = std::make_shared<ByteRing>(news);
    pump.feed(Outlet(drain), ring);
    auto const text = varied(200'000);
    put(pipe.write_end, "child ");
    for (int i = 0; i < 3; ++i) { // beyond the end of the ring
        CHECK(ring->put(text));
        while (ring->has_something())
            pump.run(sys::Deadline::min());
    }
    CHECK_FALSE(pump.is_idle());
    ring->finish();
    pipe.write_end.reset();
    CHECK(pump.run(sys::deadline_after(5s)));
    CHECK((drain.bytes.view() == "child " + text + text + text));
}

TEST_CASE("a limit holds for what goes to memory", "[io][outlet][limits]")
{
    NoLeaks const no_leaks;
    auto const text = varied(5000);
    auto const view = std::string_view(text);
    auto const kept_of = [&](CaptureLimit::Excess excess) {
        BytePump pump;
        auto& drain = pump.drain({}, {}, {.bytes = 1000, .excess = excess});
        Outlet outlet(drain);
        put(outlet, view.substr(0, 700));
        CHECK_FALSE(drain.overflowed);
        put(outlet, view.substr(700, 4000));
        put(outlet, view.substr(4700));
        CHECK(drain.overflowed);
        CHECK(drain.seen == 5000);
        if (!drain.spilled)
            return std::string(drain.bytes.view());
        std::string spilled(5000, '\0');
        spilled.resize(static_cast<std::size_t>(
            ::pread(drain.spilled.get(), spilled.data(), 5000, 0)));
        return spilled;
    };
    CHECK(kept_of(CaptureLimit::fail) == view.substr(0, 1000));
    CHECK(kept_of(CaptureLimit::keep_head) == view.substr(0, 1000));
    CHECK(kept_of(CaptureLimit::keep_tail) == view.substr(4000));
    CHECK(kept_of(CaptureLimit::spill) == text);
}

TEST_CASE("a writer that never stops does not keep what goes to memory",
          "[io][outlet]")
{
    NoLeaks const no_leaks;
    BytePump pump;
    auto pipe = new_pipe();
    CHECK(!sys::set_nonblocking(pipe.write_end.get()));
    auto& drain = pump.drain(std::move(pipe.read_end));
    Outlet outlet(drain);
    {
        FastWriter const writer(pipe.write_end.get());
        put(outlet, "ours");
    }
    CHECK(drain.bytes.view().ends_with("ours"));
    pump.close_all();
}
