// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a test program inherits from the process that starts it.
#pragma once

namespace runnel::test {

/// Gives this process the state that tests expect, whatever it inherited:
/// default signal dispositions, no blocked signal, no alarm, umask 022, no
/// locale variables, /dev/null as stdin, no descriptors but 0 to 2, and room
/// for many more. Called before any other thread exists.
void reset_inherited();

} // namespace runnel::test
