// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "base/line_options.hpp"

#include <stdexcept>
#include <string>

namespace runnel::inline v0::detail {

void check(LineOptions const& options)
{
    if (options.universal_newlines && options.delimiter != '\n')
        throw std::invalid_argument(
            "universal_newlines and a delimiter exclude each other");
    if (options.max_line == 0)
        throw std::invalid_argument("max_line is 0: no line would fit");
}

void check_chunk_size(std::size_t size)
{
    if (size == 0)
        throw std::invalid_argument("chunks(0) would never end");
}

namespace {

void refuse(bool given, char const* option, RunsElsewhere what)
{
    if (!given)
        return;
    throw std::invalid_argument(
        what == RunsElsewhere::job
            ? std::string("the lines of a job have no option ") + option
                  + ": give it to start()"
            : std::string("the lines of a stream or file have no option ")
                  + option + ": they run nothing");
}

} // namespace

void refuse_run_options(LineOptions const& options, RunsElsewhere what)
{
    bool const is_job = what == RunsElsewhere::job;
    refuse(is_job && !options.timeout.is_forever(), "timeout", what);
    refuse(is_job && options.stop.stop_possible(), "stop", what);
    refuse(!options.idle_timeout.is_forever(), "idle_timeout", what);
    refuse(!options.drain.is_forever(), "drain", what);
    refuse(options.teardown != Teardown(), "teardown", what);
    refuse(options.containment != Containment::none, "containment", what);
    refuse(options.observer != nullptr, "observer", what);
    refuse(options.executor != nullptr, "executor", what);
}

} // namespace runnel::inline v0::detail
