// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/output.hpp>

#include <stdexcept>

namespace runnel::inline v0 {

Output::Output(detail::Bytes bytes, bool truncated)
    : bytes_(std::make_shared<detail::Bytes>(std::move(bytes))),
      truncated_(truncated)
{
}

std::string Output::str() &&
{
    std::string text;
    if (captured() && bytes_.use_count() == 1)
        bytes_->move_to(text);
    else
        text = view();
    *this = Output();
    return text;
}

void Output::throw_not_captured()
{
    throw std::logic_error("this stream was not captured: add \"> capture\" "
                           "to the expression, or .out = Stdio::pipe to the "
                           "options of a Popen");
}

} // namespace runnel::inline v0
