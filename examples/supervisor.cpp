// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Restarts a program when it fails, until SIGTERM, which ends all that the program has
// started. Usage: supervisor [PROGRAM ...]
#include <runnel/runnel.hpp>

#include <csignal>
#include <iostream>
#include <span>

using namespace runnel;
using namespace std::chrono_literals;

int main(int argc, char** argv)
{
    Interrupts interrupts({SIGTERM});
    std::span const words(argv, static_cast<std::size_t>(argc));
    auto const server =
        argc > 1 ? cmd(words[1], words.subspan(2)) : sh("exit 3");
    auto const report = [](SupervisedEnd const& end) {
        std::cout << end.result << ' ' << end.error << std::endl;
    };
    SuperviseOptions const how{.backoff = Backoff::growing(50ms, 10s),
                               .limit = {.restarts = 3, .within = 1min},
                               .stop = interrupts.token(),
                               .on_end = report,
                               .run = {.containment = Containment::group}};
    auto const done = supervise(server, how);
    std::cout << done.runs << (done ? " runs\n" : " runs: gave up\n");
    return done ? 0 : 1;
}
