// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program that has names which runnel has as well, and opens the namespace
// runnel: what docs/gotchas.md tells its author to write.
#include <runnel/runnel.hpp>

using namespace runnel;

int fd = 3;

namespace detail {

int fd(int number);

inline int same(int number)
{
    return fd(number);
}

} // namespace detail

namespace app {

namespace detail {

inline int one()
{
    return 1;
}

} // namespace detail

inline int two()
{
    return detail::one() + 1;
}

} // namespace app

int of_the_program()
{
    return ::fd + ::detail::fd(1) + app::two();
}

void of_runnel()
{
    check(cmd("a") > runnel::fd(3, "f"));
    check(cmd("a") > runnel::fd(::fd, "f"));
}
