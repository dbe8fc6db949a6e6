#include <runnel/run.hpp>

#include "verbs/launch.hpp"

namespace runnel::inline v0 {

CompletedProcess run(Expression const& expression, RunOptions const& options)
{
    return run_to_end(prepare(detail::ExpressionAccess::node(expression),
                              lowering_of(options)),
                      options);
}

CompletedProcess check(Expression const& expression, RunOptions const& options)
{
    return run(expression, checked(options));
}

std::string read(Expression const& expression, RunOptions const& options)
{
    return std::string(
        captured_stdout(expression, checked(options), "read() captures stdout")
            .trimmed());
}

} // namespace runnel::inline v0
