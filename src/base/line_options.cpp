#include "base/line_options.hpp"

#include <stdexcept>

namespace runnel::inline v0::detail {

void check(LineOptions const& options)
{
    if (options.universal_newlines && options.delimiter != '\n')
        throw std::invalid_argument(
            "universal_newlines and a delimiter exclude each other");
    if (options.max_line == 0)
        throw std::invalid_argument("max_line is 0: no line would fit");
}

} // namespace runnel::inline v0::detail
