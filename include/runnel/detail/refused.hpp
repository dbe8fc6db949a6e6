// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Functions for slips: what is likely a mistake finds such a function, and the
// compiler's message says what to write instead. Without it, the message would be
// a list of all functions that do not fit.
//
//     template <detail::expression E>
//     RUNNEL_REFUSED("write a > \"f\" for a file", Pipeline)
//     operator|(E const&, detail::Anything) RUNNEL_DELETED;
//
// To a `requires` such a function does not exist.
#pragma once

#include <runnel/detail/config.hpp>

#include <cstddef>

/// In place of the return type: what the compiler says, and the type that an
/// expression with the slip has for the compilers that go on with it.
/// `RUNNEL_DELETED` ends the declaration.
///
/// g++ shows the return type of a deleted function. clang does not, and lists all
/// candidates beside it, but shows the words of an attribute.
#if defined(__clang__)
#define RUNNEL_REFUSED(words, ...)                                             \
    __attribute__((unavailable(words))) __VA_ARGS__
#define RUNNEL_DELETED
#else
#define RUNNEL_REFUSED(words, ...) refused::Because<refused::Words{words}>
#define RUNNEL_DELETED = delete
#endif

/// The same for a constructor or a conversion, which has no return type: the first
/// ends its template parameters, the second begins its declaration.
#if defined(__clang__)
#define RUNNEL_REFUSED_BECAUSE(words)
#define RUNNEL_REFUSED_MEMBER(words) __attribute__((unavailable(words)))
#else
#define RUNNEL_REFUSED_BECAUSE(words)                                          \
    , class = refused::Because<refused::Words{words}>
#define RUNNEL_REFUSED_MEMBER(words)
#endif

namespace runnel::inline v0 {

namespace refused {

/// Text as a template argument. Without a constructor, which would be evaluated for
/// each text.
template <std::size_t Size>
struct Words {
    char text[Size];
};

template <std::size_t Size>
Words(char const (&)[Size]) -> Words<Size>;

template <Words>
struct Because;

} // namespace refused

namespace detail {

/// Any argument. The conversion makes a function that takes it the last choice:
/// every other function that fits is better, also one of another library.
struct Anything {
    template <class T>
    Anything(T const&) noexcept;
};

} // namespace detail

} // namespace runnel::inline v0
