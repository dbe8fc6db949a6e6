#include <runnel/output.hpp>

#include <stdexcept>

namespace runnel::inline v0 {

Output::Output(detail::Bytes bytes, bool truncated)
    : bytes_(std::make_shared<detail::Bytes const>(std::move(bytes))),
      truncated_(truncated)
{
}

void Output::throw_not_captured()
{
    throw std::logic_error("this stream was not captured: add \"> capture\" "
                           "to the expression, or .out = Stdio::pipe to the "
                           "options of a Popen");
}

} // namespace runnel::inline v0
