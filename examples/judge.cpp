// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Judges programs that sort numbers: their output, and limits of time, memory
// and output. What a program leaves running is ended with it.
#include <runnel/runnel.hpp>

#include <iostream>

using namespace runnel;
using namespace std::chrono_literals;

static std::string verdict_of(Command const& program)
try {
    auto const limited = program.limit(Resource::cpu, 1, 2)
                             .limit(Resource::address_space, 64 << 20);
    auto const done = run((limited < text("10\n9\n8\n")) > capture,
                          {.limit = {.bytes = 65536},
                           .timeout = 5s,
                           .containment = Containment::best});
    if (!done)
        return to_string(done.stages[0].status);
    return done.out != "8\n9\n10\n"
             ? "wrong answer"
             : "accepted with "
                   + std::to_string(done.stages[0].usage.max_rss_kib) + " KiB";
} catch (SubprocessError const& limit) {
    return limit.what();
}

int main()
{
    for (auto const& program :
         {cmd("sort", "-n"), cmd("sort"), sh("while :; do :; done"),
          cmd("tail", "/dev/zero"), cmd("yes"), sh("sleep 60 & sort -n")})
        std::cout << to_string(program) << ": " << verdict_of(program) << '\n';
}
