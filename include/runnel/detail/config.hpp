// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The few macros of runnel. Nothing here is meant for users.
#pragma once

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
