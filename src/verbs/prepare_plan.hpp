// What the options of a verb add to a plan.
#pragma once

#include <runnel/plan.hpp>
#include <runnel/run.hpp>

#include <string_view>

namespace runnel::inline v0 {

/// The plan of an expression with `capture_output` made part of it. Throws
/// `std::invalid_argument` if the options ask for a stream that is connected.
Plan prepare_plan(Expression const& expression, RunOptions const& options);

/// Captures stdout of the whole; `why` is for the message if it is connected.
void capture_stdout(Plan& plan, std::string_view why);

} // namespace runnel::inline v0
