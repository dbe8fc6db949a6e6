#include <runnel/output.hpp>

#include <stdexcept>

namespace runnel::inline v0 {

void Output::throw_not_captured()
{
    throw std::logic_error("this stream was not captured: add \"> capture\" "
                           "to the expression, or .out = Stdio::pipe to the "
                           "options of a Popen");
}

} // namespace runnel::inline v0
