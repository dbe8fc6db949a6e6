// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Watches a pipeline in three ways: a line for each event on stderr, a trace for
// https://ui.perfetto.dev, and a table at the end. With a file name, also a page.
#include <runnel/log.hpp>
#include <runnel/progress.hpp>
#include <runnel/report.hpp>
#include <runnel/runnel.hpp>
#include <runnel/trace.hpp>

#include <cstdio>
#include <fstream>
#include <string>

using namespace runnel;

int main(int count, char** words)
{
    auto const e = cmd("seq", "200000") | progress("numbers")
                 | cmd("sort", "-rn", "--parallel=" + secret("1"))
                 | cmd("head", "-n", "3") | capture;

    Log log(LogLevel::commands);
    auto const logged = run(e, {.observer = &log});

    std::string events;
    Trace trace(events);
    auto const traced = run(e, {.observer = &trace});

    std::fputs(to_table(logged).c_str(), stdout);
    std::printf("%s: the trace has %zu KiB\n", traced ? "good" : "bad",
                events.size() / 1024);
    if (count > 1)
        std::ofstream(words[1]) << to_html(traced, e);
}
