// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/run.hpp>

#include "verbs/launch.hpp"

namespace runnel::inline v0 {

CompletedProcess run(Expression const& expression, RunOptions const& options)
{
    return run_to_end(prepare(detail::ExpressionAccess::node(expression),
                              lowering_of(options)),
                      options);
}

CompletedProcess run(Expression const& expression)
{
    return run(expression, RunOptions());
}

CompletedProcess check(Expression const& expression)
{
    return check(expression, RunOptions());
}

std::string read(Expression const& expression)
{
    return read(expression, RunOptions());
}

CompletedProcess check(Expression const& expression, RunOptions const& options)
{
    return run(expression, checked(options));
}

std::string read(Expression const& expression, RunOptions const& options)
{
    auto text =
        captured_stdout(expression, checked(options), "read() captures stdout");
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

} // namespace runnel::inline v0
