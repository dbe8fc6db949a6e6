// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the kernel that runs the tests can do.
#pragma once

namespace runnel::test {

/// True if a pidfd still tells how a child ended after other code has reaped
/// the child (Linux 6.15). Found by trying.
bool statuses_survive();

/// The returncode that runnel gives for such a child that ended with `code`.
inline int surviving(int code)
{
    return statuses_survive() ? code : 255;
}

} // namespace runnel::test
