// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Commands that static objects run before main and after it.
#pragma once

namespace runnel::test {

/// Uses the library in many ways. Ends the process with an exit code that is
/// not 0, and a line on stderr, if a result is wrong or something is thrown.
void work(char const* when) noexcept;

/// Works in its destructor. The constructor uses nothing of the library, so
/// every static object that the library makes later is destroyed earlier.
struct WorksAtEnd {
    ~WorksAtEnd() { work("after main"); }
};

} // namespace runnel::test
