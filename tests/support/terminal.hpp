// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A pseudo terminal whose output is not read.
#pragma once

#include "support/files.hpp"

#include <fcntl.h>
#include <stdexcept>
#include <stdlib.h>

namespace runnel::test {

struct Terminal {
    Terminal() : controller(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
    {
        if (controller.get() < 0 || ::grantpt(controller.get()) != 0
            || ::unlockpt(controller.get()) != 0)
            throw std::runtime_error("no pseudo terminal");
        line = open_fd(::ptsname(controller.get()), O_RDWR | O_NOCTTY);
    }

    OwnFd controller; ///< reads what is written to `line`
    OwnFd line;       ///< the terminal
};

} // namespace runnel::test
