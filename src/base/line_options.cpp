// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "base/line_options.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace runnel::inline v0::detail {

void check(LineOptions const& options)
{
    if (options.universal_newlines && options.delimiter != '\n')
        throw std::invalid_argument(
            "universal_newlines and a delimiter exclude each other");
    if (options.max_line == 0)
        throw std::invalid_argument("max_line is 0: no line would fit");
}

LineOptions line_options(ChunkOptions const& options)
{
    return {.check = options.check,
            .timeout = options.timeout,
            .idle_timeout = options.idle_timeout,
            .drain = options.drain,
            .stop = options.stop,
            .teardown = options.teardown,
            .containment = options.containment,
            .observer = options.observer,
            .executor = options.executor};
}

void check_chunk_size(std::size_t size)
{
    if (size == 0)
        throw std::invalid_argument("chunks(0) would never end");
}

namespace {

std::string refusal(std::string_view option, RunsElsewhere what)
{
    std::string const name(option);
    switch (what) {
    case RunsElsewhere::job:
        return "the lines of a job have no option " + name
             + ": give it to start()";
    case RunsElsewhere::stream:
        return "the lines of a stream or file have no option " + name
             + ": they run nothing";
    default:
        return "the input of a stage has no option " + name
             + ": give it to the verb that runs the whole";
    }
}

void refuse_option(bool given, std::string_view option, RunsElsewhere what)
{
    if (given)
        throw std::invalid_argument(refusal(option, what));
}

} // namespace

void refuse_run_options(LineOptions const& options, RunsElsewhere what)
{
    bool const can_wait = what == RunsElsewhere::stream;
    refuse_option(what == RunsElsewhere::stage && !options.check, "check",
                  what);
    refuse_option(!can_wait && !options.timeout.is_forever(), "timeout", what);
    refuse_option(!can_wait && options.stop.stop_possible(), "stop", what);
    refuse_option(!options.idle_timeout.is_forever(), "idle_timeout", what);
    refuse_option(!options.drain.is_forever(), "drain", what);
    refuse_option(options.teardown != Teardown(), "teardown", what);
    refuse_option(options.containment != Containment::none, "containment",
                  what);
    refuse_option(options.observer != nullptr, "observer", what);
    refuse_option(options.executor != nullptr, "executor", what);
}

} // namespace runnel::inline v0::detail
