// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The same beside every header of POSIX and glibc.
#include "../api/system_headers.hpp"
#include "first_screen.cpp"
