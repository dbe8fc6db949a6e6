// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/check_stdio.hpp"

#include "text/check_text.hpp"

#include <stdexcept>

namespace runnel::inline v0 {

std::string stream_name(int fd)
{
    constexpr std::string_view names[] = {"stdin", "stdout", "stderr"};
    return fd >= 0 && fd <= 2 ? std::string(names[fd])
                              : "descriptor " + std::to_string(fd);
}

void check_stdio(Stdio const& stdio, int fd, bool reads)
{
    if (stdio.kind() == Stdio::inherit)
        return;
    auto const name = stream_name(fd);
    if (stdio.kind() == Stdio::descriptor && stdio.fd() < 0)
        throw std::invalid_argument("descriptor " + std::to_string(stdio.fd())
                                    + " for " + name + " is negative");
    if (stdio.kind() == Stdio::file)
        refuse_nul(stdio.path(), "the file name for " + name);
    if (stdio.kind() == Stdio::out && fd != 2)
        throw std::invalid_argument("Stdio::out is for stderr only, not for "
                                    + name);
    if (stdio.kind() == Stdio::pipe && fd > 2)
        throw std::invalid_argument("Stdio::pipe is for stdin, stdout and "
                                    "stderr, not for "
                                    + name);
    if (stdio.mode() == Stdio::Mode::append && reads)
        throw std::invalid_argument(name + " cannot be read in append mode");
}

} // namespace runnel::inline v0
