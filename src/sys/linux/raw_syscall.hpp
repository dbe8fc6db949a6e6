// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// System calls without the C library around them: the result is the kernel's,
// errors are negative, `errno` and thread-local storage stay untouched.
#pragma once

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace runnel::inline v0::posix {

/// True where a child that shares our memory can run without the C library.
#if defined(__x86_64__) || defined(__aarch64__)
inline constexpr bool has_raw_syscalls = true;
#else
inline constexpr bool has_raw_syscalls = false;
#endif

#if defined(__x86_64__)

[[gnu::always_inline]] inline long raw_syscall(long number, long a = 0,
                                               long b = 0, long c = 0,
                                               long d = 0, long e = 0,
                                               long f = 0) noexcept
{
    long result;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                   "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

[[gnu::always_inline]] inline long raw_syscall(long number, long a = 0,
                                               long b = 0, long c = 0,
                                               long d = 0, long e = 0,
                                               long f = 0) noexcept
{
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    register long x3 asm("x3") = d;
    register long x4 asm("x4") = e;
    register long x5 asm("x5") = f;
    asm volatile("svc #0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory", "cc");
    return x0;
}

#else

// Elsewhere only forked children exist, which have an errno of their own.
inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0,
                        long d = 0, long e = 0, long f = 0) noexcept
{
    long const result = ::syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}

#endif

template <class T>
[[gnu::always_inline]] inline long as_long(T value) noexcept
{
    if constexpr (requires { reinterpret_cast<long>(value); })
        return reinterpret_cast<long>(value);
    else
        return static_cast<long>(value);
}

} // namespace runnel::inline v0::posix
