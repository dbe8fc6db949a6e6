// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Turns the events of an observer into those of a trace.
#pragma once

#include "plan/program_pipes.hpp"
#include "seen/trace_file.hpp"
#include "seen/trace_rows.hpp"
#include "sys/clock.hpp"

#include <runnel/observer.hpp>
#include <runnel/trace.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0::detail {

class TraceWriter {
public:
    explicit TraceWriter(TraceFile file);
    TraceWriter(TraceWriter const&) = delete;
    TraceWriter& operator=(TraceWriter const&) = delete;

    static std::unique_ptr<Trace> trace_of(TraceFile file);

    /// Calls `f` as the only thread that does. A trace that cannot be written must
    /// not disturb what it watches.
    template <class F>
    void with(F f) noexcept
    try {
        if (rows_.is_foreign()) // a copy of the lock may be locked for ever
            return;
        std::scoped_lock const lock(mutex_);
        f();
    } catch (...) { // no memory
    }

    // In the order in which a run is told.

    void begin_run(Observer::Began const& e);
    void begin_start(ChildView const& child);
    void begin_command(Observer::Started const& e);
    void refuse(Observer::Refused const& e);
    void end_command(Observer::Exited const& e);
    void begin_helper(HelperView const& helper);
    void end_helper(Observer::HelperEnded const& e);
    void count(Observer::Moved const& e);
    void end_run(Observer::Ended const& e);

    /// Something that happened at one moment.
    void mark(RunId run, TraceRow row, std::string_view name)
    {
        rows_.mark(run, row, name);
    }
    static TraceRow row_of(ChildView const& child, int pid) noexcept;

private:
    struct Pipe {
        ProgramPipe ends;
        std::string counter{}; ///< its name
        std::uint64_t bytes = 0;
        bool is_told = true; ///< `bytes` was written
        sys::Clock::time_point told_at{};
        std::vector<std::pair<TraceRow, TraceRow>> arrows{}; ///< that are drawn
    };

    struct Run {
        std::size_t commands = 0;
        std::size_t starting = 0; ///< children that do not execute yet
        std::vector<TraceRow> running{};
        std::string phase{}; ///< the span below the run; empty: none is open
        std::vector<Pipe> pipes{};
    };

    static void add_pipe(Run& run, ProgramPipe ends);
    void name_popen(TraceRow row, std::string const& words);
    void set_phase(RunId run, std::string phase);
    void look_at_phase(RunId run);
    void began(RunId run, TraceRow row);
    void has_ended(RunId run, TraceRow row);
    void draw_arrows(RunId run, TraceRow row);
    void draw_arrow(RunId run, Pipe& pipe, TraceRow from, TraceRow to);
    void tell(RunId run, Pipe& pipe);
    static TraceRow row_of(Run const& run, ProgramPart part) noexcept;

    std::mutex mutex_;
    TraceRows rows_;
    std::map<RunId, Run> runs_;
    bool has_popens_ = false;
};

} // namespace runnel::inline v0::detail
