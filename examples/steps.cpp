// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs the steps of a build, some of them at once: their lines as they come, a log of
// each, time limits, a table at the end. Usage: steps [FILE], with lines such as
//
//     lint 10 sh -c "sleep 0.1; echo looks good"
//
// which are a name, a limit in seconds, and a command.
#include <runnel/runnel.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

using namespace runnel;

namespace {

constexpr char const* some_steps[] = {
    "lint    10  sh -c 'echo 3 files; echo all good'",
    "compile 10  sh -c 'for i in 1 2 3; do echo cc $i.c; sleep 0.05; done'",
    "test    10  sh -c 'echo 41 passed; echo 1 failed >&2; exit 1'",
    "deploy  0.2 sh -c 'echo uploading; exec sleep 60'",
};

struct Step {
    std::string name;
    std::chrono::duration<double> limit;
    Command command;
};

Step step_of(std::string_view line)
{
    auto const words = shlex::split(line);
    return {words.at(0), std::chrono::duration<double>(std::stod(words.at(1))),
            cmd(words.at(2), words | std::views::drop(3))};
}

/// The step with its limit and its log, as a job.
std::pair<std::string, Pipeline> job_of(Step const& step)
{
    auto const log = "steps.logs/" + step.name + ".log";
    auto const limited = step.command.timeout(step.limit) > err_to_out;
    return {step.name, limited | tee(log)};
}

void print(Finished const& done)
{
    auto const& stage = done.result.stages.at(0);
    auto const time = std::chrono::duration<double>(stage.wall_time).count();
    std::cout << std::left << std::setw(10) << done.key << std::right
              << std::fixed << std::setprecision(2) << std::setw(6) << time
              << " s  "
              << (done              ? "good"
                  : stage.timed_out ? "too slow"
                                    : "failed")
              << '\n';
}

} // namespace

int main(int argc, char** argv)
try {
    std::vector<Step> steps;
    if (argc > 1)
        for (std::string_view const line : Stdio(argv[1]) | lines)
            steps.push_back(step_of(line));
    else
        for (auto const* const line : some_steps)
            steps.push_back(step_of(line));

    std::filesystem::create_directories("steps.logs");
    auto all = steps | std::views::transform(job_of)
             | parallel({.jobs = 3,
                         .output = JobOutput::labelled,
                         .run = {.containment = Containment::group}})
             | to_vector;
    std::ranges::sort(all, {}, &Finished::index);
    std::ranges::for_each(all, print);
    auto const is_good = [](Finished const& done) { return bool(done); };
    return std::ranges::all_of(all, is_good) ? 0 : 1;
} catch (std::exception const& error) {
    std::cerr << "steps: " << error.what() << '\n';
    return 2;
}
