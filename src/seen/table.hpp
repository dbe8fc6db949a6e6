// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a table says of the commands of a run.
#pragma once

#include <runnel/result.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// The command as shell text, without secrets.
std::string shown_command(StageResult const& stage);

/// "exit code 1", "killed by SIGTERM, time is up", or why it did not run.
std::string shown_status(StageResult const& stage);

struct TableColumn {
    std::string title;
    bool is_number = true; ///< to be aligned on the right
};

/// Cells by row and column. Columns that would be empty are left out.
struct ResultTable {
    std::vector<TableColumn> columns{};
    std::vector<std::vector<std::string>> rows{};
};

/// `are_several`: the first column numbers the results.
ResultTable table_of(std::span<CompletedProcess const> results,
                     bool are_several);

} // namespace runnel::inline v0
