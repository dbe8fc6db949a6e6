// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/trace_writer.hpp"

#include "sys/names.hpp"

#include <runnel/shlex.hpp>

#include <algorithm>

namespace runnel::inline v0::detail {

namespace {

using namespace std::chrono_literals;

/// A counter needs no more points than eyes can tell apart.
constexpr auto between_counts = 1ms;

constexpr TraceRow run_row = 0;

TraceArgs usage_args(Observer::Exited const& e)
{
    TraceArgs args;
    args.add("status", to_string(e.status))
        .add("user us", e.usage.user_time.count())
        .add("system us", e.usage.system_time.count())
        .add("max RSS KiB", std::int64_t{e.usage.max_rss_kib})
        .add("bytes read", e.usage.bytes_read)
        .add("bytes written", e.usage.bytes_written);
    return args;
}

} // namespace

TraceWriter::TraceWriter(TraceFile file) : rows_(std::move(file)) {}

std::unique_ptr<Trace> TraceWriter::trace_of(TraceFile file)
{
    return std::unique_ptr<Trace>(
        new Trace(std::make_unique<TraceWriter>(std::move(file))));
}

// --- rows --------------------------------------------------------------------------

TraceRow TraceWriter::row_of(Run const& run, ProgramPart part) noexcept
{
    return part.index + 1 + (part.is_helper ? run.commands : 0);
}

TraceRow TraceWriter::row_of(ChildView const& child, int pid) noexcept
{
    return child.run > 0 ? child.stage : static_cast<TraceRow>(pid);
}

void TraceWriter::begin_run(Observer::Began const& e)
{
    rows_.name_run(e.run, e.command);
    auto& run = runs_[e.run];
    run.commands = e.program.commands.size();
    rows_.name_row(e.run, run_row, "run " + std::to_string(e.run), 0);
    std::size_t order = 0;
    for (auto const part : parts_in_order(e.program))
        rows_.name_row(e.run, row_of(run, part), name_of(e.program, part),
                       ++order);
    for (auto& pipe : pipes_of(e.program))
        add_pipe(run, std::move(pipe));
    rows_.open(e.run, run_row, e.command, "run");
    set_phase(e.run, "start");
}

// Viewers know a counter by its name alone.
void TraceWriter::add_pipe(Run& run, ProgramPipe ends)
{
    auto name = ends.from + " -> " + ends.to;
    auto const alike = std::ranges::count_if(run.pipes, [&](Pipe const& pipe) {
        return pipe.ends.from == ends.from && pipe.ends.to == ends.to;
    });
    if (alike > 0)
        name += " (" + std::to_string(alike + 1) + ')';
    run.pipes.push_back({.ends = std::move(ends), .counter = std::move(name)});
}

// What a run does meanwhile: it starts children, or waits for those that run, or for
// pipes that others hold.
void TraceWriter::look_at_phase(RunId run)
{
    auto const& state = runs_[run];
    if (state.starting > 0)
        return set_phase(run, "start");
    std::string names;
    for (auto const row : state.running)
        names += (names.empty() ? "wait for " : ", ") + rows_.name_of(run, row);
    set_phase(run, names.empty() ? "finish" : std::move(names));
}

void TraceWriter::set_phase(RunId run, std::string phase)
{
    auto& current = runs_[run].phase;
    if (current == phase)
        return;
    if (!current.empty())
        rows_.close(run, run_row);
    current = std::move(phase);
    if (!current.empty())
        rows_.open(run, run_row, current, "wait");
}

void TraceWriter::began(RunId run, TraceRow row)
{
    runs_[run].running.push_back(row);
    draw_arrows(run, row);
    if (run > 0)
        look_at_phase(run);
}

void TraceWriter::has_ended(RunId run, TraceRow row)
{
    std::erase(runs_[run].running, row);
    if (run > 0)
        look_at_phase(run);
}

// --- commands ----------------------------------------------------------------------

// A `Popen` has no row before it has a pid.
void TraceWriter::begin_start(ChildView const& child)
{
    if (child.run == 0)
        return;
    ++runs_[child.run].starting;
    rows_.open(child.run, child.stage, "start", "start");
    look_at_phase(child.run);
}

void TraceWriter::begin_command(Observer::Started const& e)
{
    auto const run = e.child.run;
    auto const row = row_of(e.child, e.pid);
    auto const words = join(e.child.args);
    if (run > 0) {
        --runs_[run].starting;
        rows_.close(run, row);
    } else
        name_popen(row, words);
    TraceArgs args;
    args.add("pid", std::int64_t{e.pid}).add("command", words);
    rows_.open(run, row, words, "run", args);
    began(run, row);
}

void TraceWriter::refuse(Observer::Refused const& e)
{
    if (e.child.run == 0)
        return;
    auto& run = runs_[e.child.run];
    TraceArgs args;
    args.add("error", sys::describe(e.error));
    if (rows_.is_open(e.child.run, e.child.stage))
        --run.starting;
    rows_.close(e.child.run, e.child.stage, args);
    rows_.mark(e.child.run, e.child.stage,
               "cannot start: " + sys::describe(e.error));
    look_at_phase(e.child.run);
}

void TraceWriter::end_command(Observer::Exited const& e)
{
    auto const row = row_of(e.child, e.pid);
    if (!runs_.contains(e.child.run))
        return; // its run has ended
    rows_.close(e.child.run, row, usage_args(e));
    has_ended(e.child.run, row);
    if (e.child.run == 0)
        rows_.forget(0, row);
}

void TraceWriter::name_popen(TraceRow row, std::string const& words)
{
    if (!std::exchange(has_popens_, true))
        rows_.name_run(0, "Popen");
    rows_.name_row(0, row, words, 0);
}

// --- helpers -----------------------------------------------------------------------

void TraceWriter::begin_helper(HelperView const& helper)
{
    auto const row = row_of(runs_[helper.run], {true, helper.helper});
    rows_.open(helper.run, row, helper.label, "run");
    began(helper.run, row);
}

void TraceWriter::end_helper(Observer::HelperEnded const& e)
{
    auto const run = e.helper.run;
    auto const row = row_of(runs_[run], {true, e.helper.helper});
    TraceArgs args;
    args.add("bytes in", e.bytes_in).add("bytes out", e.bytes_out);
    rows_.close(run, row, args);
    has_ended(run, row);
}

// --- pipes -------------------------------------------------------------------------

// An arrow needs both rows, so it is drawn when the second one begins.
void TraceWriter::draw_arrows(RunId run, TraceRow row)
{
    auto& state = runs_[run];
    auto const runs = [&](TraceRow other) {
        return std::ranges::find(state.running, other) != state.running.end();
    };
    for (auto& pipe : state.pipes)
        for (auto const writer : pipe.ends.writers)
            for (auto const reader : pipe.ends.readers) {
                auto const from = row_of(state, writer);
                auto const to = row_of(state, reader);
                if ((from == row || to == row) && runs(from) && runs(to))
                    draw_arrow(run, pipe, from, to);
            }
}

void TraceWriter::draw_arrow(RunId run, Pipe& pipe, TraceRow from, TraceRow to)
{
    std::pair const ends(from, to);
    if (std::ranges::find(pipe.arrows, ends) != pipe.arrows.end())
        return;
    pipe.arrows.push_back(ends);
    rows_.arrow(run, from, to);
}

void TraceWriter::count(Observer::Moved const& e)
{
    for (auto& pipe : runs_[e.run].pipes) {
        if (pipe.ends.endpoint != e.endpoint)
            continue;
        pipe.bytes = e.bytes;
        pipe.is_told = false;
        if (sys::Clock::now() - pipe.told_at >= between_counts)
            tell(e.run, pipe);
    }
}

void TraceWriter::tell(RunId run, Pipe& pipe)
{
    if (std::exchange(pipe.is_told, true))
        return;
    pipe.told_at = sys::Clock::now();
    rows_.count(run, pipe.counter, pipe.bytes);
}

// --- the end -----------------------------------------------------------------------

// Every span that was begun is ended, also that of a command that was given up.
void TraceWriter::end_run(Observer::Ended const& e)
{
    auto& run = runs_[e.run];
    for (auto& pipe : run.pipes)
        tell(e.run, pipe);
    set_phase(e.run, {});
    rows_.close_rows(e.run);
    TraceArgs args;
    args.add("returncode", std::int64_t{e.returncode})
        .add_flag("failed", e.failed)
        .add_flag("ended early", e.was_early);
    rows_.close(e.run, run_row, args);
    rows_.forget(e.run);
    runs_.erase(e.run);
}

} // namespace runnel::inline v0::detail
