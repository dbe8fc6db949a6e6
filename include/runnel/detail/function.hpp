// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A callable of any type. `<functional>` takes the compiler too long.
#pragma once

#include <runnel/detail/config.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace runnel::inline v0::detail {

template <class Signature>
class Function;

/// Holds nothing, or a callable. Copies share it.
template <class R, class... Args>
class Function<R(Args...)> {
public:
    Function() noexcept = default;

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, Function>
                 && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
    Function(F&& f)
        : function_(
            std::make_shared<Holder<std::decay_t<F>>>(std::forward<F>(f)))
    {
    }

    explicit operator bool() const noexcept { return function_ != nullptr; }

    R operator()(Args... args) const
    {
        return function_->call(std::forward<Args>(args)...);
    }

private:
    struct Base {
        virtual ~Base() = default;
        virtual R call(Args... args) = 0;
    };
    template <class F>
    struct Holder final : Base {
        explicit Holder(F f) : function(std::move(f)) {}
        R call(Args... args) override
        {
            return function(std::forward<Args>(args)...);
        }
        F function;
    };

    std::shared_ptr<Base> function_;
};

} // namespace runnel::inline v0::detail
