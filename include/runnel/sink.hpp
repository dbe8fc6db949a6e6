// What may stand to the right of > and <.
//
//     run(cmd("date") > capture);
//     run(cmd("make") > append("log"));
//     run(cmd("bc") < text("1 + 2\n") > capture);
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/redirect.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace runnel::inline v0 {

/// The type of `capture`.
struct Capture {
    bool operator==(Capture const&) const = default;
};

/// Keeps the stream in the result: `run(e > capture).out`.
inline constexpr Capture capture{};

/// The null device, for reading and for writing.
inline constexpr Stdio::Kind devnull = Stdio::devnull;

/// A string of the caller's that gets what was written; see `to`.
struct ToString {
    std::string* target;
};

/// Puts the stream into `target` when the pipeline has ended, replacing what
/// it held. `target` must outlive every run of the expression.
inline ToString to(std::string& target)
{
    return {&target};
}

/// Bytes to read; see `text`.
struct Text {
    std::shared_ptr<std::string const> bytes;
};

/// Stdin that holds `bytes`, as they are: no newline is added. They are
/// copied into the expression.
inline Text text(std::string_view bytes)
{
    return {std::make_shared<std::string const>(bytes)};
}

/// The file `path`, written behind what it holds; created if it is not there.
inline Stdio append(Pathname const& path)
{
    return Stdio::append(path);
}

/// Any of these, as a plan holds it.
using Target = std::variant<Stdio, Capture, ToString, Text>;

namespace detail {

template <class T>
concept sink_like = std::convertible_to<T const&, Stdio>
                 || std::same_as<T, Capture> || std::same_as<T, ToString>;

template <class T>
concept source_like =
    std::convertible_to<T const&, Stdio> || std::same_as<T, Text>;

template <class T>
Target target_of(T const& from)
{
    if constexpr (std::convertible_to<T const&, Stdio>)
        return Stdio(from);
    else
        return from;
}

} // namespace detail

} // namespace runnel::inline v0
