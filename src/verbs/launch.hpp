// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What all verbs do first: lower the expression, find the executor, start.
#pragma once

#include "job/job_state.hpp"
#include "plan/lower.hpp"

#include <runnel/executor.hpp>
#include <runnel/output.hpp>
#include <runnel/plan.hpp>
#include <runnel/run.hpp>

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// An expression that is ready to be started by a verb.
struct Prepared {
    PlanNodePtr root; ///< for observers and for text
    Program program;
};

/// Throws `std::invalid_argument` if the verb cannot run the expression.
Prepared prepare(PlanNodePtr root, Lowering const& how);

/// The executor for an expression: that of the options, else that of this
/// thread, else this machine. Reports the plan to the observer. Fills
/// `prepared.program.text` for executors other than this machine.
Executor& executor_for(Prepared& prepared, RunOptions const& options);

/// Runs an expression to its end.
CompletedProcess run_to_end(Prepared&& prepared, RunOptions const& options);

/// Runs an expression with stdout captured. `why`, for messages: "read()
/// captures stdout".
std::string captured_stdout(Expression const& expression,
                            RunOptions const& options, std::string_view why);

/// The same options, with `check`.
RunOptions checked(RunOptions options);

} // namespace runnel::inline v0
