// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The verbs without exceptions: a result, or the failure that would have been thrown.
// What builds the expression (`cmd`, `<`) still throws for mistakes in the call.
//
//     if (auto const rev = try_read(cmd("git", "rev-parse", "HEAD")))
//         std::cout << *rev << '\n';
//     else
//         std::cerr << rev.error().what() << '\n';
//
// `Expected` is std::expected where the standard library has it (C++23), else
// tl::expected where that is installed (Debian's libexpected-dev), else a small class
// with the same names. All parts of a program must agree on that, as on the standard
// they are compiled with.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/error.hpp>
#include <runnel/expression.hpp>
#include <runnel/job.hpp>
#include <runnel/lines.hpp>
#include <runnel/operators.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>

#include <concepts>
#include <exception>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>
#include <version>

#ifdef __cpp_lib_expected
#include <expected>
#elif __has_include(<tl/expected.hpp>)
#include <tl/expected.hpp>
#endif

namespace runnel::inline v0 {

/// Why something failed: an exception that was caught, as a value. Copies share it.
/// Threads may read one at the same time.
class Failure {
public:
    /// `exception` must not be null.
    explicit Failure(std::exception_ptr exception) noexcept
        : exception_(std::move(exception))
    {
    }

    /// The message of the exception; valid as long as this object or a copy of it.
    char const* what() const noexcept
    {
        auto const* const error = as<std::exception>();
        return error != nullptr ? error->what() : "unknown exception";
    }

    /// The code of the exception: of the system (ENOENT for a program that does not
    /// exist), or the status of a command that failed, as in `CalledProcessError`.
    /// Zero if it has none: a mistake in the call.
    std::error_code code() const noexcept
    {
        auto const* const error = as<std::system_error>();
        return error != nullptr ? error->code() : std::error_code();
    }

    /// The exception, if it is of that class: `failure.as<CalledProcessError>()`.
    /// Null if not; valid as long as this object or a copy of it.
    template <class Error>
    Error const* as() const noexcept
    {
        try {
            std::rethrow_exception(exception_);
        } catch (Error const& error) {
            return &error;
        } catch (...) {
            return nullptr;
        }
    }

    /// Throws it.
    [[noreturn]] void raise() const { std::rethrow_exception(exception_); }

    std::exception_ptr const& exception() const noexcept { return exception_; }

private:
    std::exception_ptr exception_;
};

#ifdef __cpp_lib_expected

template <class T>
using Expected = std::expected<T, Failure>;
using Unexpected = std::unexpected<Failure>;

#elif __has_include(<tl/expected.hpp>)

template <class T>
using Expected = tl::expected<T, Failure>;
using Unexpected = tl::unexpected<Failure>;

#else

/// What an `Expected` is made of that has no value.
class Unexpected {
public:
    explicit Unexpected(Failure failure) noexcept : failure_(std::move(failure))
    {
    }

    Failure const& error() const noexcept { return failure_; }

private:
    Failure failure_;
};

/// A value or a `Failure`. `*`, `->` and `error()` need the one that is there;
/// `value()` throws the exception behind the failure.
template <class T>
class [[nodiscard("a failure would be lost: write if (auto done = try_run(e)), "
                  "or check(e)")]] Expected {
public:
    Expected(T value) : either_(std::in_place_index<0>, std::move(value)) {}
    Expected(Unexpected const& failure)
        : either_(std::in_place_index<1>, failure.error())
    {
    }

    bool has_value() const noexcept { return either_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& operator*() & noexcept { return *std::get_if<0>(&either_); }
    T const& operator*() const& noexcept { return *std::get_if<0>(&either_); }
    T&& operator*() && noexcept { return std::move(**this); }
    T* operator->() noexcept { return std::get_if<0>(&either_); }
    T const* operator->() const noexcept { return std::get_if<0>(&either_); }

    T& value() &
    {
        raise_failure();
        return **this;
    }
    T const& value() const&
    {
        raise_failure();
        return **this;
    }
    T&& value() &&
    {
        raise_failure();
        return *std::move(*this);
    }

    template <class U>
    T value_or(U&& otherwise) const&
    {
        return has_value() ? **this
                           : static_cast<T>(std::forward<U>(otherwise));
    }
    template <class U>
    T value_or(U&& otherwise) &&
    {
        return has_value() ? *std::move(*this)
                           : static_cast<T>(std::forward<U>(otherwise));
    }

    Failure const& error() const noexcept { return *std::get_if<1>(&either_); }

private:
    void raise_failure() const
    {
        if (!has_value())
            error().raise();
    }

    std::variant<T, Failure> either_;
};

#endif

/// What `f` returns, or the exception that it throws:
/// `attempt([&] { return home("~/x"); })`.
template <std::invocable F>
    requires(!std::is_void_v<std::invoke_result_t<F>>)
Expected<std::decay_t<std::invoke_result_t<F>>> attempt(F&& f) noexcept
try {
    return std::forward<F>(f)();
} catch (...) {
    return Unexpected(Failure(std::current_exception()));
}

/// As `run`. A command that fails is no failure here: see `failed` of the result.
inline Expected<CompletedProcess>
try_run(Expression const& expression, RunOptions const& options = {}) noexcept
{
    return attempt([&] { return run(expression, options); });
}

/// As `check`: a command that fails is a failure with a `CalledProcessError`.
inline Expected<CompletedProcess>
try_check(Expression const& expression, RunOptions const& options = {}) noexcept
{
    return attempt([&] {
        auto checked = options;
        checked.check = true;
        return run(expression, checked);
    });
}

/// As `read`.
inline Expected<std::string> try_read(Expression const& expression,
                                      RunOptions const& options = {}) noexcept
{
    return attempt([&] { return read(expression, options); });
}

/// As `read_lines`.
inline Expected<std::vector<std::string>>
try_read_lines(Expression const& expression,
               LineOptions const& options = {}) noexcept
{
    return attempt([&] { return read_lines(expression, options); });
}

/// As `start`.
inline Expected<Job> try_start(Expression const& expression,
                               RunOptions const& options = {}) noexcept
{
    return attempt([&] { return start(expression, options); });
}

} // namespace runnel::inline v0
