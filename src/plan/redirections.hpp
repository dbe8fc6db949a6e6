// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Questions about redirections, for running, printing and checking them.
#pragma once

#include <runnel/sink.hpp>

#include <optional>

namespace runnel::inline v0 {

/// The file, descriptor or pipe of a redirection; null for other targets.
inline Stdio const* stdio_of(Redirection const& redirection) noexcept
{
    return std::get_if<Stdio>(&redirection.target);
}

/// True if the caller holds the other end, as `Job::in` and the like.
inline bool is_driven_by_hand(Redirection const& redirection) noexcept
{
    auto const* stdio = stdio_of(redirection);
    return stdio != nullptr && stdio->kind() == Stdio::pipe;
}

/// True for a pipe whose other end is in this process: a capture, or a pipe
/// driven by the caller.
inline bool is_pipe_to_us(Redirection const& redirection) noexcept
{
    return std::holds_alternative<Capture>(redirection.target)
        || std::holds_alternative<ToString>(redirection.target)
        || is_driven_by_hand(redirection);
}

/// The descriptor of this process that a redirection leads to, if it does.
inline std::optional<int> inherited_fd(Redirection const& redirection)
{
    auto const* stdio = stdio_of(redirection);
    if (stdio != nullptr && stdio->kind() == Stdio::descriptor)
        return stdio->fd();
    if (stdio != nullptr && stdio->kind() == Stdio::inherit)
        return redirection.fd;
    return {};
}

} // namespace runnel::inline v0
