// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_pool.hpp"

#include "sys/names.hpp"

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

std::string input_of(RunOptions const& run)
{
    return run.input ? std::string(run.input.as("the input")) : std::string();
}

ParallelOptions complete(ParallelOptions options, std::string const& input)
{
    auto& run = options.run;
    if (run.capture_output || run.show)
        throw std::invalid_argument(
            "ParallelOptions: run.capture_output and run.show have no meaning; "
            "output says where the jobs write to");
    static_cast<void>(JobDriver(run)); // refuses what no run can have
    if (run.input)
        run.input = input;
    if (options.jobs == 0)
        options.jobs = sys::usable_processors();
    if (options.window == 0)
        options.window = options.jobs * 4;
    options.window = std::max(options.window, options.jobs);
    return options;
}

} // namespace

JobPool::JobPool(ParallelOptions const& given)
    : input_(input_of(given.run)), options(complete(given, input_)),
      queue(options.jobs, options.window, options.order), loop_(queue, options)
{
}

} // namespace runnel::inline v0
