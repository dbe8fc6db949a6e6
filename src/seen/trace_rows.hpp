// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The rows of a trace: their names, spans, marks, arrows and counters.
#pragma once

#include "seen/trace_file.hpp"

#include <runnel/observer.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0::detail {

/// A row of a run: the run itself (0), a command (its number), or a helper. Of no
/// run: the pid of a `Popen`.
using TraceRow = std::uint64_t;

/// The values that a click on an event shows: a JSON object in the making.
class TraceArgs {
public:
    TraceArgs& add(std::string_view name, std::string_view text);
    TraceArgs& add(std::string_view name, std::int64_t number);
    TraceArgs& add(std::string_view name, std::optional<std::uint64_t> number);
    TraceArgs& add_flag(std::string_view name, bool flag);
    std::string const& members() const noexcept { return members_; }

private:
    TraceArgs& add_json(std::string_view name, std::string const& value);

    std::string members_;
};

/// Used by one thread at a time.
class TraceRows {
public:
    explicit TraceRows(TraceFile file);
    TraceRows(TraceRows const&) = delete;
    TraceRows& operator=(TraceRows const&) = delete;
    ~TraceRows() { file_.close(); }

    /// True in a process that was forked from the one that made this object.
    bool is_foreign() const noexcept { return file_.is_foreign(); }

    void name_run(RunId run, std::string_view name);
    /// `order`: of the rows of a run, from above.
    void name_row(RunId run, TraceRow row, std::string_view name,
                  std::size_t order);
    std::string const& name_of(RunId run, TraceRow row);

    /// Begins a span of a row, inside of that which is open.
    void open(RunId run, TraceRow row, std::string_view name,
              std::string_view category, TraceArgs const& args = {});

    /// Ends the span that was begun last, if one is open.
    void close(RunId run, TraceRow row, TraceArgs const& args = {});
    bool is_open(RunId run, TraceRow row) { return runs_[run][row].open > 0; }

    /// Ends all spans but those of row 0.
    void close_rows(RunId run);

    /// Something that happened at one moment.
    void mark(RunId run, TraceRow row, std::string_view name);

    /// Along a pipe, between two rows in which a span is open.
    void arrow(RunId run, TraceRow from, TraceRow to);

    void count(RunId run, std::string_view counter, std::uint64_t bytes);

    void forget(RunId run) { runs_.erase(run); }
    void forget(RunId run, TraceRow row) { runs_[run].erase(row); }

private:
    struct Row {
        std::string name{};
        int open = 0; ///< spans
    };

    void put(char phase, RunId run, TraceRow row, std::string_view name,
             std::string const& more = {});
    static std::uint64_t process(RunId run) noexcept;

    TraceFile file_;
    std::map<RunId, std::map<TraceRow, Row>> runs_;
    std::uint64_t arrows_ = 0;
};

} // namespace runnel::inline v0::detail
