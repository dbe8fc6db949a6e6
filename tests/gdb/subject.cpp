// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Objects for gdb to print; see check.py. What the headers of runnel do not define is
// included here, as if the library had been compiled with -g.
#include "child/popen_state.hpp"
#include "job/job_state.hpp"
#include "job/local_run.hpp"

#include <runnel/runnel.hpp>

#include <string>

using namespace runnel;
using namespace std::chrono_literals;

/// gdb stops here.
void stop_here()
{
    asm volatile("");
}

int main(int, char** argv)
{
    auto const copy = cmd(argv[1]).named("copy");
    [[maybe_unused]] auto const command =
        cmd("grep", "-i", "a b").cwd("/tmp").timeout(1500ms);
    [[maybe_unused]] auto const pipeline =
        (cmd("dmesg") | cmd("grep", "hda")) > capture;
    [[maybe_unused]] auto const list = (cmd("a") && cmd("b")) || sh("c > d");
    [[maybe_unused]] Pipeline const erased = cmd("cat") < text("x");
    [[maybe_unused]] auto const redirected =
        (cmd("make") > err("log")) >> "out";
    [[maybe_unused]] auto const substituted =
        cmd("diff", from(cmd("a")), from(cmd("b") | cmd("c")));
    [[maybe_unused]] auto const teed = cmd("a") | tee("f") | cmd("b");
    [[maybe_unused]] Stdio const file = "some file";
    [[maybe_unused]] Stdio const number = 5;
    [[maybe_unused]] Word const word = secret("hush");
    [[maybe_unused]] Timeout const limit = 1500ms;
    [[maybe_unused]] Timeout const no_limit;
    [[maybe_unused]] Pathname const path = "some/path";
    std::string const content = "a \"line\"";
    [[maybe_unused]] Line const line(content);

    auto const done = run((copy < text("hi\n")) > capture);
    [[maybe_unused]] auto const status = done.stages[0].status;
    Popen child({argv[1]}, {.in = Stdio::pipe, .out = Stdio::devnull});
    Job job = start((copy < Stdio::pipe) | copy | capture);
    Job const moved = std::move(job);
    stop_here();
    child.in().close();
}
