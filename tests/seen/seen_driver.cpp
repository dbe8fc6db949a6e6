// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program whose runs are watched through the environment: RUNNEL_VERBOSE and
// RUNNEL_TRACE are looked at once in a process, so each test needs one of its own.
//
//     seen_driver MODE [CHILD...]
#include <runnel/observer.hpp>
#include <runnel/runnel.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;

namespace {

struct Counter final : Observer {
    void began(Began const&) noexcept override { ++runs; }
    int runs = 0;
};

void run_once(char const* program, RunOptions const& options = {})
{
    auto const e = cmd(program, secret("hush")) | cmd(program, "b") | capture;
    static_cast<void>(run(e, options));
}

} // namespace

int main(int count, char** words)
{
    std::string_view const mode = count > 1 ? words[1] : "";
    char const* const program = count > 2 ? words[2] : "true";
    if (mode == "once")
        run_once(program);
    if (mode == "popen")
        Popen({program, "a"}, {.out = Stdio::devnull}).wait();
    if (mode == "observed") {
        Counter counter;
        run_once(program, {.observer = &counter});
        std::printf("%d\n", counter.runs);
    }
    if (mode == "killed") {
        run_once(program);
        auto const job = start((cmd(program) < Stdio::pipe) > devnull);
        std::_Exit(7);
    }
    if (mode == "forks") {
        run_once(program);
        if (auto const pid = ::fork(); pid == 0) {
            run_once(program);
            std::_Exit(0);
        } else
            ::waitpid(pid, nullptr, 0);
    }
    if (mode == "late")
        // A trace whose own events come after those of another program.
        try {
            Popen({"/no/such/program"});
        } catch (SpawnError const&) {
            check(cmd(words[0], "once", program));
        }
    if (mode == "nested")
        check(cmd(words[0], "once", program));
}
