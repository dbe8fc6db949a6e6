// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The least that makes a coroutine a range, as std::generator of C++23 does.
#pragma once

#include <coroutine>
#include <exception>
#include <iterator>
#include <ranges>
#include <utility>

namespace runnel::test {

template <class T>
class Generator : public std::ranges::view_base {
public:
    struct promise_type {
        T const* value = nullptr;
        std::exception_ptr error{};

        Generator get_return_object()
        {
            return Generator(Handle::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(T const& given) noexcept
        {
            value = &given;
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception() { error = std::current_exception(); }
    };

    class iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        explicit iterator(Generator* of = nullptr) : of_(of) {}

        T const& operator*() const { return *of_->handle_.promise().value; }
        iterator& operator++()
        {
            of_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const
        {
            return of_->handle_.done();
        }

    private:
        Generator* of_;
    };

    Generator(Generator&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr))
    {
    }
    Generator& operator=(Generator&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Generator()
    {
        if (handle_)
            handle_.destroy();
    }

    iterator begin()
    {
        advance();
        return iterator(this);
    }
    std::default_sentinel_t end() const { return {}; }

private:
    using Handle = std::coroutine_handle<promise_type>;

    explicit Generator(Handle handle) : handle_(handle) {}

    void advance()
    {
        handle_.resume();
        if (handle_.promise().error)
            std::rethrow_exception(handle_.promise().error);
    }

    Handle handle_;
};

} // namespace runnel::test
