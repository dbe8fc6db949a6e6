// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs, jobs and lines for coroutines, on any event loop that can wait for a
// descriptor. Not part of <runnel/runnel.hpp>. Link runnel::coroutine.
//
//     Task<int> count(LoopRef loop)
//     {
//         co_await async_run(loop, cmd("make"));       // or a job: co_await job
//         auto log = async_lines(loop, cmd("dmesg"));
//         int n = 0;
//         while (auto const line = co_await log.next())
//             n += line->starts_with("usb");
//         co_return n;
//     }
//
//     PollLoop loop;                                   // poll_loop.hpp, or your own
//     auto const n = loop.run(count(loop));
//
// `async_run`, `async_wait` and `async_lines` give awaitable objects for every type of
// coroutine. `Task` is for programs that have no such type yet.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/event_sources.hpp>
#include <runnel/operators.hpp>

#include <chrono>
#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace runnel::inline v0 {

namespace detail {

/// A coroutine that waits for an event loop.
class LoopWaiter {
public:
    virtual void wake() = 0;

protected:
    LoopWaiter() = default;
    LoopWaiter(LoopWaiter const&) = default;
    LoopWaiter& operator=(LoopWaiter const&) = default;
    ~LoopWaiter() = default;
};

} // namespace detail

/// What an event loop calls when the wait is over. As cheap to copy as a pointer.
class LoopCallback {
public:
    explicit LoopCallback(detail::LoopWaiter& waiter) noexcept
        : waiter_(&waiter)
    {
    }
    void operator()() const { waiter_->wake(); }

private:
    detail::LoopWaiter* waiter_;
};

/// An event loop that can wait for a descriptor.
///
/// - `loop.when_readable(fd, deadline, callback)`: calls `callback()` once, from the
///   loop and never inside of this call, when poll(2) reports `fd` as readable or
///   broken, or when `deadline` (if there is one) has passed. There is one wait for
///   `fd` at a time. A regular file is always readable.
/// - `loop.forget(fd)`: drops that wait, if there is one; its callback is not called
///   any more. Does not throw. `fd` is still open.
///
/// The loop must live as long as a coroutine waits for it. All calls come from the
/// thread of the loop.
template <class Loop>
concept event_loop =
    requires(Loop& loop, int fd, LoopTime deadline, LoopCallback callback) {
        loop.when_readable(fd, deadline, callback);
        loop.forget(fd);
    };

/// Any event loop. Refers to the loop, which must stay in place.
class LoopRef {
public:
    template <event_loop Loop>
        requires(!std::same_as<Loop, LoopRef>)
    LoopRef(Loop& loop) noexcept
        : loop_(std::addressof(loop)), calls_(&calls_of<Loop>)
    {
    }

    void when_readable(int fd, LoopTime deadline, LoopCallback callback) const
    {
        calls_->when_readable(loop_, fd, deadline, callback);
    }
    void forget(int fd) const noexcept { calls_->forget(loop_, fd); }

private:
    struct Calls {
        void (*when_readable)(void*, int, LoopTime, LoopCallback);
        void (*forget)(void*, int) noexcept;
    };

    template <class Loop>
    static constexpr Calls calls_of{
        [](void* loop, int fd, LoopTime deadline, LoopCallback callback) {
            static_cast<Loop*>(loop)->when_readable(fd, deadline, callback);
        },
        [](void* loop, int fd) noexcept {
            static_cast<Loop*>(loop)->forget(fd);
        }};

    void* loop_;
    Calls const* calls_;
};

namespace detail {

/// The awaitable object: polls a source whenever its descriptor or its deadline says
/// so, until there is a result. To destroy it, also with a coroutine that waits, ends
/// the wait.
template <class Source>
class [[nodiscard]] LoopWait final : LoopWaiter {
public:
    using Result = typename Source::Result;

    LoopWait(LoopRef loop, Source source)
        : loop_(loop), source_(std::move(source))
    {
    }
    LoopWait(LoopWait const&) = delete;
    LoopWait& operator=(LoopWait const&) = delete;
    ~LoopWait()
    {
        if (coroutine_)
            loop_.forget(fd_);
    }

    bool await_ready() { return look(); }

    void await_suspend(std::coroutine_handle<> coroutine)
    {
        fd_ = source_.fd();
        wait();
        coroutine_ = coroutine;
    }

    Result await_resume()
    {
        if (failure_)
            std::rethrow_exception(failure_);
        return *std::move(result_);
    }

private:
    bool look()
    {
        result_ = source_.poll();
        return result_.has_value();
    }

    void wait()
    {
        loop_.when_readable(fd_, source_.next_deadline(), LoopCallback(*this));
    }

    void wake() override
    {
        try {
            if (!look())
                return wait();
        } catch (...) {
            failure_ = std::current_exception();
        }
        std::exchange(coroutine_, {}).resume(); // may destroy this object
    }

    LoopRef loop_;
    Source source_;
    int fd_ = -1;
    std::coroutine_handle<> coroutine_; ///< while it waits
    std::optional<Result> result_;
    std::exception_ptr failure_;
};

} // namespace detail

/// `co_await async_run(loop, e)` runs an expression and gives what `run` returns, or
/// throws what `run` throws. The commands start with `co_await`.
///
/// - `options`: as for `run`; `input` is copied, `pump` has no meaning.
/// - To cancel it, destroy the coroutine: that ends the commands as the destructor of
///   `Job` does. A stop token in `options` ends them without waiting.
/// - With g++ 12, do not write braces for `options` in an expression with
///   `co_await`: see docs/gotchas.md. Give the options a name.
inline detail::LoopWait<detail::RunEvents>
async_run(LoopRef loop, Expression const& expression, RunOptions const& options)
{
    return {loop, detail::RunEvents(expression, options)};
}

// No default argument: with g++ 12 it would be destroyed twice, as braces are.
inline detail::LoopWait<detail::RunEvents>
async_run(LoopRef loop, Expression const& expression)
{
    return async_run(loop, expression, RunOptions());
}

/// `co_await async_wait(loop, job)` waits for a job and gives what `job.wait()` returns,
/// or throws what it throws. In a `Task` it is `co_await job`.
///
/// The job must stay in place meanwhile. If it has `Pump::caller`, the loop also runs
/// its event loop; then only one coroutine at a time may wait for the job. To destroy
/// the coroutine ends the wait, and the job goes on.
inline detail::LoopWait<detail::JobEvents> async_wait(LoopRef loop, Job& job)
{
    return {loop, detail::JobEvents(job)};
}

/// Lines as an asynchronous generator.
///
///     while (auto const line = co_await log.next())
///
/// A handle, as `LineRange` is. When the last one is destroyed, what still runs is
/// ended as at the end of a `LineRange`: that waits, at most as long as
/// `LineOptions::teardown` says.
class [[nodiscard]] LineGenerator {
public:
    LineGenerator(LoopRef loop, LineRange range)
        : loop_(loop), range_(std::move(range))
    {
    }

    /// The awaitable next line, valid until `next` is called again; nothing at the end of
    /// the range. Throws what iterating throws. The first one starts the commands. One
    /// coroutine at a time.
    detail::LoopWait<detail::LineEvents> next()
    {
        return {loop_, detail::LineEvents(range_)};
    }

    /// The result of the commands, after the end of the range.
    CompletedProcess const& result() const { return range_.result(); }

private:
    LoopRef loop_;
    LineRange range_;
};

/// The lines of a range, such as `stderr_of(e) | lines` or a stream.
inline LineGenerator async_lines(LoopRef loop, LineRange range)
{
    return LineGenerator(loop, std::move(range));
}

/// The lines that an expression writes to stdout.
inline LineGenerator async_lines(LoopRef loop, Expression const& expression,
                                 LineOptions const& options)
{
    return LineGenerator(loop, LineRange(expression, options));
}
inline LineGenerator async_lines(LoopRef loop, Expression const& expression)
{
    return async_lines(loop, expression, LineOptions());
}

template <class T = void>
class Task;

namespace detail {

/// An awaiter in the frame of the coroutine. g++ 12 would copy it, were the reference
/// itself awaited.
template <class Awaiter>
struct AwaiterRef {
    Awaiter& awaiter;

    bool await_ready() { return awaiter.await_ready(); }
    auto await_suspend(std::coroutine_handle<> coroutine)
    {
        return awaiter.await_suspend(coroutine);
    }
    decltype(auto) await_resume() { return awaiter.await_resume(); }
};

class TaskState;

/// A coroutine that awaits a task. The two know each other, because either may be
/// destroyed first.
class TaskWait {
public:
    TaskWait() noexcept = default;
    TaskWait(TaskWait const&) = delete;
    TaskWait& operator=(TaskWait const&) = delete;
    inline ~TaskWait();

    /// Throws `std::logic_error` if another coroutine awaits the task.
    inline void begin(TaskState& task, std::coroutine_handle<> waiter);

private:
    friend class TaskState;

    TaskState* task_ = nullptr; ///< while both live
    std::coroutine_handle<> waiter_;
};

/// The parts of a promise that do not depend on the type of the result.
class TaskState {
public:
    TaskState() noexcept = default;
    TaskState(TaskState const&) = delete;
    TaskState& operator=(TaskState const&) = delete;
    ~TaskState()
    {
        if (wait_ != nullptr)
            wait_->task_ = nullptr;
    }

    std::suspend_always initial_suspend() const noexcept { return {}; }

    /// Goes on with the coroutine that awaits the task.
    auto final_suspend() noexcept
    {
        struct Next {
            std::coroutine_handle<> next;

            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<>
            await_suspend(std::coroutine_handle<>) const noexcept
            {
                return next;
            }
            void await_resume() const noexcept {}
        };
        return Next{wait_ != nullptr ? wait_->waiter_ : std::noop_coroutine()};
    }

    LoopWait<JobEvents> await_transform(Job& job) const
    {
        return async_wait(*loop_, job);
    }
    LoopWait<JobEvents> await_transform(Job&& job) const
    {
        return async_wait(*loop_, job);
    }
    template <class T>
    auto await_transform(Task<T>& task) const
    {
        return task.awaited_from(*loop_);
    }
    template <class T>
    auto await_transform(Task<T>&& task) const
    {
        return task.awaited_from(*loop_);
    }
    template <class Awaitable>
    auto await_transform(Awaitable&& awaitable) const
    {
        if constexpr (requires {
                          std::forward<Awaitable>(awaitable).
                          operator co_await();
                      })
            return std::forward<Awaitable>(awaitable).operator co_await();
        else if constexpr (requires {
                               operator co_await(
                                   std::forward<Awaitable>(awaitable));
                           })
            return operator co_await(std::forward<Awaitable>(awaitable));
        else
            return AwaiterRef<std::remove_reference_t<Awaitable>>{awaitable};
    }

    bool has_begun() const noexcept { return loop_.has_value(); }
    void begin(LoopRef loop) noexcept { loop_ = loop; }

private:
    friend class TaskWait;

    std::optional<LoopRef> loop_; ///< once the coroutine has begun
    TaskWait* wait_ = nullptr; ///< of the coroutine that awaits this one
};

inline TaskWait::~TaskWait()
{
    if (task_ != nullptr)
        task_->wait_ = nullptr;
}

inline void TaskWait::begin(TaskState& task, std::coroutine_handle<> waiter)
{
    if (task.wait_ != nullptr)
        throw std::logic_error("this Task is awaited already");
    task_ = &task;
    waiter_ = waiter;
    task.wait_ = this;
}

template <class T>
class TaskPromise : public TaskState {
public:
    Task<T> get_return_object();
    void unhandled_exception()
    {
        result_.template emplace<2>(std::current_exception());
    }
    template <class U>
        requires std::constructible_from<T, U>
    void return_value(U&& value)
    {
        result_.template emplace<1>(std::forward<U>(value));
    }
    T take()
    {
        if (result_.index() == 2)
            std::rethrow_exception(std::get<2>(result_));
        return std::get<1>(std::move(result_));
    }

private:
    std::variant<std::monostate, T, std::exception_ptr> result_;
};

template <>
class TaskPromise<void> : public TaskState {
public:
    inline Task<void> get_return_object();
    void unhandled_exception() { failure_ = std::current_exception(); }
    void return_void() const noexcept {}
    void take() const
    {
        if (failure_)
            std::rethrow_exception(failure_);
    }

private:
    std::exception_ptr failure_;
};

} // namespace detail

/// A coroutine of a program that has no type of its own for them. In it, `co_await` takes
/// a job, another task, and every awaitable object.
///
/// It begins when it is awaited by another task, or by `start`. To destroy it is to
/// cancel it: its local objects are destroyed, and with them what they run. Not thread safe:
/// all belongs to the thread of the loop. A moved-from object may be destroyed or
/// assigned to.
template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = detail::TaskPromise<T>;

    Task(Task&& other) noexcept
        : coroutine_(std::exchange(other.coroutine_, {}))
    {
    }
    Task& operator=(Task&& other) noexcept
    {
        Task gone(std::move(other));
        std::swap(coroutine_, gone.coroutine_);
        return *this;
    }
    ~Task()
    {
        if (coroutine_)
            coroutine_.destroy();
    }

    /// Begins the coroutine, and returns when it waits for the first time. Then
    /// the loop runs it. Throws `std::logic_error` if it has begun. What the coroutine
    /// throws is seen by `result` only.
    void start(LoopRef loop)
    {
        auto& promise = coroutine_.promise();
        if (promise.has_begun())
            throw std::logic_error("this Task has begun");
        promise.begin(loop);
        coroutine_.resume();
    }

    bool is_done() const noexcept { return coroutine_.done(); }

    /// What the coroutine returned, or throws what it threw. Once; the value is moved.
    /// Throws `std::logic_error` if the coroutine has not ended.
    T result()
    {
        if (!is_done())
            throw std::logic_error("this Task has not ended");
        return coroutine_.promise().take();
    }

private:
    friend class detail::TaskState;
    friend promise_type;
    using Coroutine = std::coroutine_handle<promise_type>;

    explicit Task(Coroutine coroutine) noexcept : coroutine_(coroutine) {}

    class Awaiter {
    public:
        Awaiter(Coroutine task, LoopRef loop) noexcept
            : task_(task), loop_(loop)
        {
        }

        bool await_ready() const noexcept { return task_.done(); }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter)
        {
            auto& promise = task_.promise();
            wait_.begin(promise, waiter);
            if (promise.has_begun())
                return std::noop_coroutine();
            promise.begin(loop_);
            return task_;
        }
        T await_resume() const { return task_.promise().take(); }

    private:
        Coroutine task_;
        LoopRef loop_;
        detail::TaskWait wait_;
    };

    Awaiter awaited_from(LoopRef loop) const noexcept
    {
        return Awaiter(coroutine_, loop);
    }

    Coroutine coroutine_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object()
{
    return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object()
{
    return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

} // namespace detail

} // namespace runnel::inline v0
