// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ending a run from another thread or from a signal handler.
//
//     StopSource source;                       // another thread: source.request_stop()
//     run(e, {.stop = source.token()});        // throws StopRequested
//
// With <runnel/stop_token.hpp>, a std::stop_token serves as well.
#pragma once

#include <runnel/detail/config.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

namespace detail {
class StopState;
class StopAccess;

/// Connects another type of stop token to `StopToken`; specialised where that
/// type is known.
template <class Token>
struct StopAdapter;

template <class Token>
concept adapted_token = requires { sizeof(StopAdapter<Token>); };
} // namespace detail

/// Tells a run that it should end. A default token never does. Cheap to copy;
/// any number of runs may share one. Thread safe.
class RUNNEL_EXPORT StopToken {
public:
    StopToken() noexcept = default;

    /// From a `std::stop_token`; needs <runnel/stop_token.hpp>.
    template <detail::adapted_token Token>
    StopToken(Token const& token)
        : StopToken(detail::StopAdapter<Token>::adapt(token))
    {
    }

    bool stop_possible() const noexcept { return state_ != nullptr; }
    bool stop_requested() const noexcept;

    /// The same token, which also keeps `owner` alive.
    template <class T>
    StopToken keeping(std::shared_ptr<T> owner) const
    {
        struct Both {
            std::shared_ptr<T> owner;
            std::shared_ptr<detail::StopState> state;
        };
        auto* const state = state_.get();
        return StopToken(std::shared_ptr<detail::StopState>(
            std::make_shared<Both>(Both{std::move(owner), state_}), state));
    }

private:
    friend class StopSource;
    friend class detail::StopAccess;

    explicit StopToken(std::shared_ptr<detail::StopState> state) noexcept
        : state_(std::move(state))
    {
    }

    std::shared_ptr<detail::StopState> state_;
};

/// Requests a stop. Copies make the same request. Uses one descriptor until the
/// last copy and the last token are gone; `std::system_error` if no descriptor
/// is free. Thread safe.
class RUNNEL_EXPORT StopSource {
public:
    StopSource();

    /// Async-signal-safe: may be called from a signal handler. The request is
    /// lasting: a run that begins later ends at once. A second request is no
    /// error.
    void request_stop() const noexcept;

    bool stop_requested() const noexcept { return token().stop_requested(); }
    StopToken token() const noexcept { return StopToken(state_); }

private:
    std::shared_ptr<detail::StopState> state_;
};

} // namespace runnel::inline v0
