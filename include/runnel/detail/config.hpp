// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What every header needs first: a compiler that can read the others, and a few
// macros. Nothing here is meant for users.
#pragma once

// One sentence instead of hundreds of errors. #error lets a compiler go on, an
// include that fails does not.
#if !defined(__linux__)
#error "runnel runs on Linux only, so far"
#include <the_error_above_ends_the_compilation>
#elif __cplusplus < 202002L
#error "runnel needs C++20: compile with -std=c++20 or later"
#include <the_error_above_ends_the_compilation>
#elif defined(__clang__) && __clang_major__ < 16
#error "runnel needs clang 16 or later: older ones refuse its ranges"
#include <the_error_above_ends_the_compilation>
#elif !defined(__clang__) && defined(__GNUC__) && __GNUC__ < 12
#error "runnel needs g++ 12 or later: older ones lack parts of C++20"
#include <the_error_above_ends_the_compilation>
#elif !defined(__cpp_exceptions)
#error "runnel reports errors by exceptions: compile without -fno-exceptions"
#include <the_error_above_ends_the_compilation>
#endif

/// Marks what the shared library exports; everything else stays hidden.
/// Exceptions are thrown across the boundary of the library, so their types are
/// marked in static builds as well.
#define RUNNEL_EXPORT [[gnu::visibility("default")]]

/// Behind a parameter that the result refers to: clang warns if the result
/// outlives the argument.
#if defined(__clang__)
#define RUNNEL_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define RUNNEL_LIFETIMEBOUND
#endif

/// For what is called once for each element of a range, and must be as fast in a
/// large source file as in a small one: compilers inline less, the more a file has.
#define RUNNEL_ALWAYS_INLINE [[gnu::always_inline]]
