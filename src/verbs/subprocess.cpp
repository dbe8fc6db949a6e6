// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/subprocess.hpp>

#include <runnel/operators.hpp>
#include <runnel/plan.hpp>

#include "verbs/launch.hpp"

namespace runnel::inline v0 {

int call(Expression const& expression, RunOptions const& options)
{
    return run(expression, options).returncode;
}

int check_call(Expression const& expression, RunOptions const& options)
{
    return run(expression, checked(options)).returncode;
}

std::string check_output(Expression const& expression,
                         RunOptions const& options)
{
    auto with_input = checked(options);
    if (!options.input && make_plan(expression).root->open.in)
        with_input.input = "";
    return captured_stdout(expression, with_input,
                           "check_output() captures stdout");
}

StatusOutput getstatusoutput(detail::TextView script, RunOptions const& options)
{
    auto with_text = options;
    with_text.text = true;
    auto const done =
        run(sh(script.as("the script")) > both(capture), with_text);
    std::string output(done.out);
    if (output.ends_with('\n'))
        output.pop_back();
    return {done.returncode, std::move(output)};
}

std::string getoutput(detail::TextView script, RunOptions const& options)
{
    return getstatusoutput(script, options).output;
}

} // namespace runnel::inline v0
