// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/table.hpp"

#include "seen/quantity.hpp"
#include "seen/width.hpp"
#include "text/visible.hpp"

#include <runnel/report.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

namespace runnel::inline v0 {

namespace {

std::string time_text(std::chrono::nanoseconds time, StageResult const& stage)
{
    return stage.was_started() ? text_of(time) : std::string();
}

std::string memory_text(StageResult const& stage)
{
    auto const kib = stage.usage.max_rss_kib;
    return stage.was_started() && kib > 0
             ? text_of_bytes(static_cast<std::uint64_t>(kib) * 1024)
             : std::string();
}

std::string captured_text(StageResult const& stage)
{
    if (!stage.out.captured() && !stage.err.captured())
        return {};
    std::uint64_t bytes = 0;
    for (auto const* const output : {&stage.out, &stage.err})
        if (output->captured())
            bytes += output->view().size();
    return text_of_bytes(bytes);
}

std::vector<std::string> row_of(StageResult const& stage, std::string run)
{
    return {std::move(run),
            shown_command(stage),
            shown_status(stage),
            time_text(stage.wall_time, stage),
            time_text(stage.usage.user_time, stage),
            time_text(stage.usage.system_time, stage),
            memory_text(stage),
            text_of_bytes(stage.usage.bytes_read, ""),
            text_of_bytes(stage.usage.bytes_written, ""),
            captured_text(stage)};
}

void remove_column(ResultTable& table, std::size_t column)
{
    auto const at = static_cast<std::ptrdiff_t>(column);
    table.columns.erase(table.columns.begin() + at);
    for (auto& row : table.rows)
        row.erase(row.begin() + at);
}

void remove_empty_columns(ResultTable& table)
{
    for (auto column = table.columns.size(); column-- > 0;)
        if (std::ranges::all_of(table.rows, [&](auto const& row) {
                return row[column].empty();
            }))
            remove_column(table, column);
}

std::size_t column_width(ResultTable const& table, std::size_t column)
{
    auto width = width_of(table.columns[column].title);
    for (auto const& row : table.rows)
        width = std::max(width, width_of(row[column]));
    return width;
}

std::string aligned(std::string cell, bool is_number, std::size_t width)
{
    return is_number ? right_aligned(cell, width)
                     : padded(std::move(cell), width);
}

std::string drawn(ResultTable const& table)
{
    std::vector<std::string> lines(table.rows.size() + 1);
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        auto const& [title, is_number] = table.columns[column];
        auto const width = column_width(table, column);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            auto const& cell = i == 0 ? title : table.rows[i - 1][column];
            lines[i] +=
                (column == 0 ? "" : "  ") + aligned(cell, is_number, width);
        }
    }
    std::string text;
    for (auto const& line : lines)
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    return text;
}

} // namespace

std::string shown_command(StageResult const& stage)
{
    return in_one_line(stage.secrets.masked(stage.command));
}

std::string shown_status(StageResult const& stage)
{
    if (!stage.refusal.empty())
        return in_one_line(stage.secrets.masked(stage.refusal));
    if (!stage.was_started())
        return "not run";
    auto status = to_string(stage.status);
    if (stage.timed_out)
        status += ", time is up";
    else if (stage.ended_early)
        status += ", ended early";
    else if (stage.forgiven)
        status += ", its reader had enough";
    return status;
}

namespace {

void add_rows(ResultTable& table, CompletedProcess const& result,
              std::string const& run, std::string const& error)
{
    for (auto const& stage : result.stages)
        table.rows.push_back(row_of(stage, run));
    if (!result.stages.empty())
        return;
    auto& row = table.rows.emplace_back(table.columns.size());
    row[0] = run;
    row[2] = !error.empty() ? error
           : result.failed  ? "failed"
                            : "nothing was run";
}

ResultTable empty_table(TableColumn first)
{
    return {.columns = {std::move(first),
                        {"stage", false},
                        {"status", false},
                        {"wall"},
                        {"user"},
                        {"sys"},
                        {"RSS"},
                        {"read"},
                        {"written"},
                        {"captured"}}};
}

std::string message_of(std::exception_ptr const& error)
{
    if (!error)
        return {};
    try {
        std::rethrow_exception(error);
    } catch (std::exception const& known) {
        return in_one_line(known.what());
    } catch (...) {
        return "an exception";
    }
}

std::string name_of(Finished const& job)
{
    return job.key.empty() ? std::to_string(job.index) : in_one_line(job.key);
}

} // namespace

ResultTable table_of(std::span<CompletedProcess const> results,
                     bool are_several)
{
    auto table = empty_table({"run"});
    for (std::size_t i = 0; i < results.size(); ++i)
        if (are_several || !results[i].stages.empty())
            add_rows(table, results[i], std::to_string(i + 1), {});
    if (!table.rows.empty())
        remove_empty_columns(table);
    if (!are_several)
        remove_column(table, 0);
    return table;
}

std::string to_table(CompletedProcess const& result)
{
    return drawn(table_of({&result, 1}, false));
}

std::string to_table(std::span<Finished const> results)
{
    auto table = empty_table({"job", false});
    for (auto const& job : results)
        add_rows(table, job.result, name_of(job), message_of(job.error));
    if (!table.rows.empty())
        remove_empty_columns(table);
    return drawn(table);
}

std::string to_table(std::span<CompletedProcess const> results)
{
    return drawn(table_of(results, true));
}

} // namespace runnel::inline v0
