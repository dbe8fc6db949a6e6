// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The record of a job after its end.
#pragma once

#include "job/job_driver.hpp"

#include <runnel/program.hpp>
#include <runnel/result.hpp>

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Takes the outcome of a program, once, and decodes it in text mode.
class JobRecord {
public:
    /// Remembers the strings of `to(string)`, which get captured output.
    void note(Program const& program);

    /// The outcome of a program that has ended. Throws if something went wrong
    /// or the program was ended early; with `check` in the options, also if it
    /// failed. `drained`: the caller's stream was read to end of file.
    CompletedProcess& result(JobDriver& driver, bool drained);

    /// What is known of the outcome after `result` has thrown. Call it once.
    CompletedProcess known() noexcept
    {
        return result_ ? std::move(*result_) : CompletedProcess();
    }

    /// Throws `StopRequested` with the result of a program that has ended, though
    /// its output was not read to end of file.
    [[noreturn]] void throw_stopped(JobDriver& driver, bool drained);

private:
    void take_result(JobDriver& driver, bool drained);
    void make_text(TextMode const& mode);
    [[noreturn]] void throw_reason(JobDriver const& driver) const;

    std::vector<std::pair<std::string*, int>> targets_; ///< and their streams
    std::optional<CompletedProcess> result_;
    bool is_text_ = false; ///< the result is decoded
};

} // namespace runnel::inline v0
