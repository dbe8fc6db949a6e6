// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/which.hpp>

#include "sys/names.hpp"
#include "text/check_text.hpp"

namespace runnel::inline v0 {

std::optional<std::string> which(Pathname const& program,
                                 detail::OptionalText path)
{
    refuse_nul(program.str(), "the name of a program");
    if (program.str().empty())
        return {};
    return sys::find_program(program.str(),
                             path ? path.as("the path") : sys::program_path());
}

} // namespace runnel::inline v0
