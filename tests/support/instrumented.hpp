// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Whether a sanitizer watches this program.
#pragma once

namespace runnel::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RUNNEL_TEST_IS_INSTRUMENTED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RUNNEL_TEST_IS_INSTRUMENTED
#endif
#endif

/// True for programs that need several times the memory and the stack.
#if defined(RUNNEL_TEST_IS_INSTRUMENTED)
inline constexpr bool is_instrumented = true;
#else
inline constexpr bool is_instrumented = false;
#endif

} // namespace runnel::test
