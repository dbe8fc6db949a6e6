// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/runnel.hpp>

int main()
{
    auto done = runnel::run(runnel::cmd("echo", "hello") > runnel::capture);
    return done.out == "hello\n" ? 0 : 1;
}
