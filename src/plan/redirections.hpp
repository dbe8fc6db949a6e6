// What those who run, print or refuse redirections ask of them.
#pragma once

#include <runnel/sink.hpp>

#include <optional>

namespace runnel::inline v0 {

/// The file, descriptor or pipe that it is, if it is one.
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

/// True if this process reads or writes the other end of a pipe while it runs:
/// a capture, or one driven by hand.
inline bool is_pipe_to_us(Redirection const& redirection) noexcept
{
    return std::holds_alternative<Capture>(redirection.target)
        || std::holds_alternative<ToString>(redirection.target)
        || is_driven_by_hand(redirection);
}

/// Which descriptor of this process it is, if it is one.
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
