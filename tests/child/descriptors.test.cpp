// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A child has the descriptors that it was given, and no others.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

std::string open_in_child(PopenOptions options = {})
{
    options.in = Stdio::devnull;
    options.err = Stdio::devnull;
    auto text = output_of({child("print_open_fds")}, std::move(options));
    return text.substr(0, text.find('\n'));
}

std::set<int> numbers(std::string const& text)
{
    std::istringstream stream(text);
    return {std::istream_iterator<int>(stream), {}};
}

} // namespace

TEST_CASE("a child sees 0, 1, 2 and nothing else",
          "[popen][descriptors][row:P36][promise:P2]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    std::vector<OwnFd> inheritable;
    for (int number = 3; number < 5000; number *= 2)
        inheritable.push_back(copy_fd(0, number, true));
    CHECK(open_in_child({.preexec_fn = hook_if(forked)}) == "0 1 2");
}

TEST_CASE("a child of a parent with thousands of descriptors sees three",
          "[popen][descriptors][row:P36]")
{
    NoLeaks const no_leaks;
    std::vector<OwnFd> inheritable;
    for (int i = 0; i < 700; ++i)
        inheritable.push_back(copy_fd(0, 3, true));
    Popen p({child("print_open_fds")}, {.out = Stdio::pipe});
    CHECK(p.out().fd() > 700);
    CHECK(p.communicate().out == "0 1 2\n");
}

TEST_CASE("passed descriptors keep their numbers, in any order, given twice",
          "[popen][descriptors][row:P39][fault:I14]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const high = copy_fd(0, 300);
    auto const low = copy_fd(0, 100);
    auto const other = copy_fd(0, 200, true);
    auto const number = [](OwnFd const& fd) {
        return std::to_string(fd.get());
    };
    CHECK(open_in_child({.pass_fds = {high.get(), low.get(), high.get()},
                         .preexec_fn = hook_if(forked)})
          == "0 1 2 " + number(low) + ' ' + number(high));
    CHECK(::fcntl(low.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("0, 1 and 2 may be among the passed descriptors",
          "[popen][descriptors][row:P39][fault:I14]")
{
    NoLeaks const no_leaks;
    CHECK(open_in_child({.pass_fds = {2, 0, 1}}) == "0 1 2");
}

TEST_CASE("a passed descriptor is the same open file",
          "[popen][descriptors][row:P39]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    CHECK(returncode_of({child("write_to"), pipe.write_end.get(), "text"},
                        {.pass_fds = {pipe.write_end.get()}})
          == 0);
    pipe.write_end.close();
    CHECK(read_all(pipe.read_end.get()) == "text");
}

TEST_CASE("passing a descriptor that is not open is a bad descriptor",
          "[popen][descriptors][fault:I14]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    try {
        Popen p({child("exit_with"), 0},
                {.pass_fds = {closed_fd()}, .preexec_fn = hook_if(forked)});
        FAIL("started");
    } catch (SpawnError const& error) {
        CHECK(error.step() == SpawnStep::dup);
        CHECK(error.code() == std::errc::bad_file_descriptor);
    }
}

TEST_CASE("a passed descriptor that is a source of a stream serves both",
          "[popen][descriptors][row:P39]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    int const fd = pipe.write_end.get();
    CHECK(returncode_of({child("write_to"), 1, "a", fd, "b"},
                        {.out = fd, .pass_fds = {fd}})
          == 0);
    pipe.write_end.close();
    CHECK(read_all(pipe.read_end.get()) == "ab");
}

TEST_CASE("with close_fds false a descriptor's own flag decides",
          "[popen][descriptors][row:P37]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const inheritable = copy_fd(0, 100, true);
    auto const own = copy_fd(0, 200);
    auto const seen = numbers(
        open_in_child({.close_fds = false, .preexec_fn = hook_if(forked)}));
    CHECK(seen.contains(inheritable.get()));
    CHECK(!seen.contains(own.get()));
}

TEST_CASE("none of our own descriptors is inherited with close_fds false",
          "[popen][descriptors][row:P37][promise:P3]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    PopenOptions const options{.close_fds = false,
                               .preexec_fn = hook_if(forked)};
    auto const before = open_in_child(options);
    Popen sibling({child("copy")},
                  {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    CHECK(open_in_child(options) == before);
}

TEST_CASE("pass_fds turns close_fds on", "[popen][descriptors][row:P40]")
{
    NoLeaks const no_leaks;
    auto const inheritable = copy_fd(0, 100, true);
    auto const passed = copy_fd(0, 200);
    CHECK(open_in_child({.close_fds = false, .pass_fds = {passed.get()}})
          == "0 1 2 " + std::to_string(passed.get()));
}

TEST_CASE("a descriptor above a lowered limit is closed as well",
          "[popen][descriptors][fault:F06]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        auto const high = copy_fd(0, 800, true);
        ::rlimit const low{100, 100};
        EXPECT_IN(complaints, ::setrlimit(RLIMIT_NOFILE, &low) == 0);
        complaints.expect_equal(open_in_child({.preexec_fn = hook_if(forked)}),
                                "0 1 2", "descriptors");
    });
    CHECK(wrong == "");
}

TEST_CASE("a sibling does not hold another child's pipe open",
          "[popen][descriptors][fault:F03]")
{
    NoLeaks const no_leaks;
    bool const close_fds = GENERATE(true, false);
    Popen first({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    Popen second({child("sleep_until_killed")},
                 {.out = Stdio::pipe, .close_fds = close_fds});
    CHECK(is_ready(second));
    first.in().close();
    CHECK(first.out().read() == "");
    CHECK(first.wait() == 0);
    second.kill();
}

TEST_CASE("eight threads that start children leak nothing into them",
          "[popen][descriptors][threads][fault:F03][promise:P3]")
{
    NoLeaks const no_leaks;
    bool const close_fds = GENERATE(true, false);
    auto const alone = open_in_child({.close_fds = close_fds});
    std::vector<std::vector<std::string>> seen(8);
    std::vector<std::thread> threads;
    for (auto& own : seen)
        threads.emplace_back([&own, close_fds] {
            for (int i = 0; i < 12; ++i)
                own.push_back(open_in_child({.close_fds = close_fds}));
        });
    for (auto& thread : threads)
        thread.join();
    for (auto const& own : seen)
        CHECK(own == std::vector<std::string>(12, alone));
}
