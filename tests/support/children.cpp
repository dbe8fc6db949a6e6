// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/children.hpp"

#include <poll.h>

namespace runnel::test {

// Not inline: g++ 12 gives a false -Warray-bounds warning for strings of known
// length.
std::string child(std::string_view name)
{
    return RUNNEL_CHILDREN_DIR "/" + std::string(name);
}

void wait_for_output(Popen& child)
{
    ::pollfd item{child.out().fd(), POLLIN, 0};
    while (::poll(&item, 1, -1) < 0) {} // interrupted
}

} // namespace runnel::test
