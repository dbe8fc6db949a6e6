// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// For `std::format`, where the standard library has it.
#pragma once

#include <runnel/detail/config.hpp>

#include <version>

// Without a formatter of their own, text-like types of runnel would be ranges of
// characters for C++23.
#ifdef __cpp_lib_format
#include <format>
#define RUNNEL_HAS_FORMAT
#endif
