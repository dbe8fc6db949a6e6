// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Starts that fail, over and over, and at every descriptor that is missing.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

PopenOptions piped()
{
    return {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe};
}

void limit_descriptors(::rlim_t most)
{
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = most;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Starts a child with three pipes and only `most` descriptors; complains
/// unless it works or fails for want of descriptors, leaving nothing.
bool try_with(::rlim_t most, bool forked, Complaints const& complaints)
{
    auto const before = ProcessState::now();
    bool works = true;
    limit_descriptors(most);
    try {
        auto options = piped();
        options.preexec_fn = hook_if(forked);
        Popen p({child("copy_both")}, options);
        auto const [out, err] = p.communicate("text");
        EXPECT_IN(complaints, out == "text" && err == "text");
        EXPECT_IN(complaints, p.returncode() == 0);
    } catch (SpawnError const& error) {
        works = false;
        EXPECT_IN(complaints, error.code() == std::errc::too_many_files_open);
        EXPECT_IN(complaints, error.step() == SpawnStep::pipe
                                  || error.step() == SpawnStep::dup);
    }
    limit_descriptors(800);
    complaints.expect_equal(before.changed_to(ProcessState::now()), "",
                            "left behind");
    return works;
}

} // namespace

TEST_CASE("300 failing starts leave neither descriptors nor zombies",
          "[popen][failing_starts][fault:F05][promise:P1]")
{
    NoLeaks const no_leaks;
    std::vector<std::function<void(PopenOptions&, std::string&)>> const ways = {
        [](auto&, auto& program) { program = "/no/such/program"; },
        [](auto& options, auto&) { options.cwd = "/no/such/directory"; },
        [](auto& options, auto&) { options.err = closed_fd(); },
        [](auto& options, auto&) { options.err = "/no/such/file"; },
        [](auto& options, auto&) {
            options.preexec_fn = [] { throw std::runtime_error("x"); };
        },
        [](auto& options, auto& program) {
            options.preexec_fn = [] {};
            program = "/no/such/program";
        },
    };
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        limit_descriptors(60);
        auto const before = ProcessState::now();
        for (int round = 0; round < 50; ++round)
            for (auto const& spoil : ways)
                try {
                    auto options = piped();
                    auto program = child("exit_with");
                    spoil(options, program);
                    Popen p({program, "0"}, std::move(options));
                    complaints.complain("started");
                } catch (SpawnError const&) {
                }
        complaints.expect_equal(before.changed_to(ProcessState::now()), "",
                                "left behind");
    });
    CHECK(wrong == "");
}

TEST_CASE("want of descriptors is an error at every point, and leaves nothing",
          "[popen][failing_starts][fault:F01]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        // With no gaps below, each one more is one more to be had.
        std::vector<OwnFd> fill;
        for (int fd = 0; fd < 20;) {
            fill.push_back(copy_fd(0, 3));
            fd = fill.back().get();
        }
        auto const used = static_cast<::rlim_t>(fill.back().get()) + 1;
        int failed = 0;
        for (::rlim_t more = 0; more <= 11; ++more)
            failed += !try_with(used + more, forked, complaints);
        EXPECT_IN(complaints, failed >= 6);
        EXPECT_IN(complaints, failed <= 9);
    });
    CHECK(wrong == "");
}

TEST_CASE("a child is started and waited for without a descriptor to spare",
          "[popen][failing_starts][fault:W08]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        std::vector<OwnFd> fill;
        for (int fd = 0; fd < 20;) {
            fill.push_back(copy_fd(0, 3));
            fd = fill.back().get();
        }
        auto const pipe = make_pipe();
        limit_descriptors(static_cast<::rlim_t>(pipe.write_end.get()) + 1);
        using namespace std::chrono_literals;
        EXPECT_IN(complaints, Popen({child("exit_with"), 3}).wait() == 3);
        EXPECT_IN(complaints, Popen({child("exit_with"), 4}).wait(10s) == 4);
        Popen p({child("copy")}, {.in = pipe.read_end.get()});
        EXPECT_IN(complaints, !p.poll());
        try {
            p.wait(30ms);
            complaints.complain("it has ended");
        } catch (TimeoutExpired const&) {
        }
        p.kill();
        EXPECT_IN(complaints, p.wait() == -9);
    });
    CHECK(wrong == "");
}

TEST_CASE("a process that cannot be made is an error of the step fork",
          "[popen][failing_starts][fault:S01]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        // Root may have any number of processes.
        if (::geteuid() == 0)
            EXPECT_IN(complaints, ::setuid(65533) == 0);
        ::rlimit const none{0, 0};
        EXPECT_IN(complaints, ::setrlimit(RLIMIT_NPROC, &none) == 0);
        auto const before = ProcessState::now();
        try {
            auto options = piped();
            options.preexec_fn = hook_if(forked);
            Popen p({"/bin/true"}, options);
            complaints.complain("started");
        } catch (SpawnError const& error) {
            EXPECT_IN(complaints, error.step() == SpawnStep::fork);
            EXPECT_IN(complaints,
                      error.code()
                          == std::errc::resource_unavailable_try_again);
            complaints.expect_equal(
                error.what(),
                "cannot start \"/bin/true\": cannot make a process: "
                "Resource temporarily unavailable",
                "message");
        }
        complaints.expect_equal(before.changed_to(ProcessState::now()), "",
                                "left behind");
    });
    CHECK(wrong == "");
}
