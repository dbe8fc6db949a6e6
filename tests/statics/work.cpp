// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "work.hpp"

#include <runnel/runnel.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::test {

namespace {

std::string child(char const* name)
{
    return std::string(RUNNEL_CHILDREN_DIR "/") + name;
}

void require(bool holds, char const* what, char const* when)
{
    if (holds)
        return;
    std::fprintf(stderr, "%s: %s\n", when, what);
    std::_Exit(1);
}

void run_commands(char const* when)
{
    auto const done = run(cmd(child("exit_with"), 0));
    require(done && done.returncode == 0, "exit code 0 is a success", when);
    auto const piped = cmd(child("print"), "a\nb\n") | cmd(child("copy"));
    require(read(piped) == "a\nb", "a pipeline is read", when);
    require(read(piped | first(1)) == "a", "first(1) gives a line", when);
    require(!run(cmd(child("copy")) < devnull > devnull).stages.empty(),
            "the null device is opened", when);
    require(bool(check(seq(cmd(child("exit_with"), 0), piped > devnull))),
            "a list succeeds", when);
}

void read_ranges(char const* when)
{
    std::size_t count = 0;
    for (std::string_view line : cmd(child("print"), "a\nb\n") | lines)
        count += line.size();
    require(count == 2, "lines are read", when);
    std::vector<std::string> const words{"x", "y"};
    require(read(words | cmd(child("copy"))) == "x\ny", "words are written",
            when);
    for (std::string_view line : Stdio(devnull) | lines)
        count += line.size();
    require(count == 2, "the null device is empty", when);
}

void hold_a_child(char const* when)
{
    Popen copy({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    require(copy.communicate("in").out == "in", "a Popen communicates", when);
    auto job = start(cmd(child("exit_with"), 3));
    require(job.wait().returncode == 3, "a job is waited for", when);
}

void look_at_failures(char const* when)
{
    require(CompletedProcess().args().empty(), "an empty result", when);
    try {
        check(cmd(child("exit_with"), 4));
    } catch (CalledProcessError const& error) {
        require(error.code().message() == "exit code 4"
                    && std::string_view(error.code().category().name())
                           == "exit status",
                "the error has its category", when);
        return;
    }
    require(false, "a failed command throws", when);
}

} // namespace

void work(char const* when) noexcept
{
    try {
        run_commands(when);
        read_ranges(when);
        hold_a_child(when);
        look_at_failures(when);
    } catch (std::exception const& error) {
        require(false, error.what(), when);
    }
}

} // namespace runnel::test
