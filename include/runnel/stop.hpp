// Asking from elsewhere that a run should end.
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

/// Ties a foreign stop token to ours; specialised where that token is known.
template <class Token>
struct StopAdapter;

template <class Token>
concept adapted_token = requires { sizeof(StopAdapter<Token>); };
} // namespace detail

/// What a run looks at to learn that it should end. A default one never asks.
/// Cheap to copy; any number of runs may share one. Thread safe.
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

/// The side that asks. Copies ask for the same. Costs one descriptor until
/// the last copy and the last token are gone; `std::system_error` if there is
/// none. Thread safe.
class RUNNEL_EXPORT StopSource {
public:
    StopSource();

    /// Async-signal-safe: may be called from a signal handler. Lasting: a run
    /// that begins later ends at once. Asking twice is no error.
    void request_stop() const noexcept;

    bool stop_requested() const noexcept { return token().stop_requested(); }
    StopToken token() const noexcept { return StopToken(state_); }

private:
    std::shared_ptr<detail::StopState> state_;
};

} // namespace runnel::inline v0
