// What the verbs share.
#pragma once

#include <runnel/output.hpp>
#include <runnel/run.hpp>

#include <string_view>

namespace runnel::inline v0 {

/// Runs it with stdout captured. `verb`: who asks, for messages.
Output captured_stdout(Expression const& expression, RunOptions const& options,
                       std::string_view verb);

} // namespace runnel::inline v0
