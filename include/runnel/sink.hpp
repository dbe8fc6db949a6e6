// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What may stand to the right of > and <.
//
//     run(cmd("date") > capture);
//     run(cmd("make") > append("log") > err("errors"));
//     run(cmd("bc") < text("1 + 2\n") > capture);
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/redirect.hpp>
#include <runnel/secrets.hpp>
#include <runnel/text_view.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace runnel::inline v0 {

/// The type of `capture`.
struct Capture {
    bool operator==(Capture const&) const = default;
};

/// Keeps the stream in the result: `run(e > capture).out`.
inline constexpr Capture capture{};

/// The null device, for reading and for writing.
inline constexpr Stdio::Kind devnull = Stdio::devnull;

/// A string of the caller that receives the output; see `to`.
struct ToString {
    std::string* target;
};

/// Puts the stream into `target` when the result is returned (by `run`, by
/// `Job::wait`), replacing the content of `target`. `target` must outlive every
/// run of the expression.
inline ToString to(std::string& target)
{
    return {&target};
}

/// Bytes to read; see `text`.
struct Text {
    std::shared_ptr<std::string const> bytes; ///< secrets are masked
    bool is_bytes = false; ///< text mode does not encode them
    detail::SecretText secret_text{}; ///< if something in it is secret

    /// The real bytes, which a program reads.
    std::string const& reveal() const noexcept
    {
        return secret_text.reveal(*bytes);
    }
};

/// Stdin that holds `content`, as it is: no newline is added. Text mode encodes it,
/// as `RunOptions::input`. The text is copied into the expression.
///
/// It may be an integer, `secret(text)`, or a `Word` with secret parts: `text(secret(token))`.
RUNNEL_EXPORT Text text(detail::ValueView content);

/// The same for bytes, which are not encoded.
RUNNEL_EXPORT Text text(std::span<std::byte const> bytes);

RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text", Text)
text(std::nullptr_t) RUNNEL_DELETED;

RUNNEL_REFUSED(
    "text takes one text, a secret or bytes: write "
    "text(std::to_string(x)) for a number with a point, words | a for a range",
    Text)
text(...) RUNNEL_DELETED;

/// The file `path`, to append to; created if it does not exist.
inline Stdio append(Pathname const& path)
{
    return Stdio::append(path);
}

/// What descriptor `fd` refers to at that moment; see `fd`.
struct SameAs {
    int fd;
};

/// Any source or target, as a plan holds it.
using Target = std::variant<Stdio, Capture, ToString, Text, SameAs>;

/// The redirection of one stream of a command or a pipeline. The operators make
/// redirections; the functions below make those that `>` and `<` alone cannot
/// say.
struct Redirection {
    int fd;
    bool reads; ///< the command reads from `target`, else writes to it
    Target target;
};

namespace detail {

template <class T>
concept sink_like =
    std::convertible_to<T const&, Stdio> || std::same_as<T, Capture>
    || std::same_as<T, ToString> || std::same_as<T, SameAs>;

template <class T>
concept source_like = std::convertible_to<T const&, Stdio>
                   || std::same_as<T, Text> || std::same_as<T, SameAs>;

template <class T>
Target target_of(T const& from)
{
    if constexpr (std::convertible_to<T const&, Stdio>)
        return Stdio(from);
    else
        return from;
}

} // namespace detail

/// Stderr to a target; see `err`.
struct ToErr {
    Target target;
};

/// For `e > err(target)`: stderr goes to `target`, which may be any target of
/// stdout: a file name, `append("f")`, `capture`, `to(s)`, a `Stdio`. For
/// `err(tee(...))`, see operators.hpp.
template <detail::sink_like T>
ToErr err(T const& target)
{
    return {detail::target_of(target)};
}

/// Stdout and stderr to one target; see `both`.
struct ToBoth {
    Target target;
};

/// For `e > both(target)`: stdout and stderr go to `target`, through one open
/// file, so that neither overwrites the other (`&>`).
template <detail::sink_like T>
ToBoth both(T const& target)
{
    return {detail::target_of(target)};
}

/// The type of `err_to_out`.
struct ErrToOut {};

/// For `e > err_to_out`: stderr goes where stdout goes (`2>&1`).
inline constexpr ErrToOut err_to_out{};

/// The type of `out_to_err`.
struct OutToErr {};

/// For `e > out_to_err`: stdout goes where stderr goes (`1>&2`).
inline constexpr OutToErr out_to_err{};

/// Any descriptor to a target; see `fd`.
struct ToFd {
    int fd;
    Target target;
};

/// As a target: what descriptor `number` of the child refers to at this point.
/// Redirections are made from left to right, as in a shell.
inline SameAs fd(int number)
{
    return {number};
}

template <class T>
    requires(!std::same_as<T, int>)
SameAs fd(T) = delete;

/// For `e > fd(3, target)` and `e < fd(3, target)`: the child gets descriptor
/// `number`, to write to `target` or to read from it.
template <class T>
    requires detail::sink_like<T> || detail::source_like<T>
ToFd fd(int number, T const& target)
{
    return {number, detail::target_of(target)};
}

template <class N, class T>
    requires(!std::same_as<N, int>)
ToFd fd(N, T const&) = delete;

} // namespace runnel::inline v0
