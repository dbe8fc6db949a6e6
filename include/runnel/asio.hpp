// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs, jobs and lines for an event loop of Asio (the library without Boost). Link
// runnel::asio. Not part of <runnel/runnel.hpp>.
//
//     asio::awaitable<void> report(asio::io_context& io)
//     {
//         auto const made = co_await async_run(io, cmd("make") > capture,
//                                              asio::use_awaitable);
//         auto log = async_lines(io, cmd("tail", "-f", "log"));
//         while (auto const line = co_await log.async_next(asio::use_awaitable))
//             std::cout << *line << '\n';
//     }
//
// Any completion token may be used. No thread is made and none waits: Asio watches one
// descriptor for each operation.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/event_sources.hpp>
#include <runnel/operators.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/system_error.hpp>

#include <atomic>
#include <cerrno>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace runnel::inline v0 {

namespace detail {

/// An executor of Asio, or an execution context such as `asio::io_context`.
template <class On>
concept asio_place =
    std::convertible_to<On, asio::any_io_executor> || requires(On on) {
        {
            on.get_executor()
        } -> std::convertible_to<asio::any_io_executor>;
    };

template <asio_place On>
asio::any_io_executor asio_executor(On&& on)
{
    if constexpr (std::convertible_to<On, asio::any_io_executor>)
        return std::forward<On>(on);
    else
        return on.get_executor();
}

/// A descriptor that is readable while another one is.
///
/// Asio sets O_NONBLOCK on what it watches, and so on the open file that other
/// processes may share. This descriptor is shared with nothing.
class AsioDescriptor {
public:
    explicit AsioDescriptor(asio::any_io_executor const& executor)
        : set_(executor)
    {
    }

    bool is_open() const { return set_.is_open(); }

    void open(int fd)
    {
        int const set = ::epoll_create1(EPOLL_CLOEXEC);
        if (set < 0)
            fail();
        asio::error_code error;
        set_.assign(set, error);
        if (error) {
            ::close(set);
            throw asio::system_error(error, "cannot wait for a job");
        }
        ::epoll_event event{};
        event.events = EPOLLIN;
        if (fd < 0 || ::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0)
            return;
        if (errno != EPERM)
            fail();
        is_always_ready_ = true; // a regular file: a read never waits
    }

    template <class Handler>
    void async_wait(Handler handler)
    {
        if (is_always_ready_)
            asio::post(set_.get_executor(),
                       [handler = std::move(handler)]() mutable {
                           handler(asio::error_code());
                       });
        else
            set_.async_wait(asio::posix::descriptor_base::wait_read,
                            std::move(handler));
    }

    void cancel()
    {
        asio::error_code ignored;
        set_.cancel(ignored);
    }

    void close()
    {
        asio::error_code ignored;
        set_.close(ignored);
    }

private:
    [[noreturn]] static void fail()
    {
        throw std::system_error(errno, std::generic_category(),
                                "cannot wait for a job");
    }

    asio::posix::stream_descriptor set_;
    bool is_always_ready_ = false;
};

/// One operation: polls a source whenever its descriptor or its deadline says so,
/// until there is a result for the handler.
template <class Source, class Handler>
class AsioOperation
    : public std::enable_shared_from_this<AsioOperation<Source, Handler>> {
public:
    using Result = typename Source::Result;

    AsioOperation(asio::any_io_executor const& executor, Source source,
                  Handler handler)
        : strand_(asio::make_strand(executor)), descriptor_(strand_),
          timer_(strand_), source_(std::move(source)),
          handler_(std::move(handler)), io_work_(executor),
          handler_work_(asio::get_associated_executor(handler_, executor))
    {
    }

    void begin()
    {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected())
            slot.assign(Canceller{this->weak_from_this()});
        asio::post(strand_, [self = this->shared_from_this()] {
            if (self->asked_ == 0)
                self->turn();
            else // nothing has been started
                self->abandon();
        });
    }

private:
    using Asked = asio::cancellation_type_t;

    /// What the cancellation slot calls, in the thread that emits the signal.
    struct Canceller {
        std::weak_ptr<AsioOperation> operation;

        void operator()(Asked asked) const
        {
            auto const self = operation.lock();
            if (!self)
                return;
            self->asked_ |= static_cast<unsigned>(asked);
            asio::post(self->strand_, [self, asked] { self->cancel(asked); });
        }
    };

    void turn()
    {
        if (!source_)
            return;
        // The handler is called behind this: what it throws is not a failure.
        std::exception_ptr failure;
        std::optional<Result> result;
        try {
            result = source_->poll();
            if (!result)
                return wait();
        } catch (...) {
            failure = std::current_exception();
        }
        finish(std::move(failure), result ? std::move(*result) : Result());
    }

    // A handler that was queued already cannot be cancelled: `round_` tells that the
    // other one came first.
    void wait()
    {
        if (!descriptor_.is_open())
            descriptor_.open(source_->fd());
        auto const next = [self = this->shared_from_this(),
                           round = ++round_](asio::error_code) {
            if (self->round_ != round)
                return;
            ++self->round_;
            self->descriptor_.cancel();
            self->timer_.cancel();
            self->turn();
        };
        descriptor_.async_wait(next);
        if (auto const deadline = source_->next_deadline()) {
            timer_.expires_at(*deadline);
            timer_.async_wait(next);
        }
    }

    void cancel(Asked asked)
    {
        if (!source_)
            return;
        if constexpr (std::same_as<Source, RunEvents>) {
            if ((asked & Asked::partial) != Asked::none)
                source_->request_stop();
            else if ((asked & Asked::terminal) != Asked::none)
                source_->kill();
            turn();
        } else if (asked != Asked::none)
            abandon();
    }

    void abandon()
    {
        finish(std::make_exception_ptr(
                   asio::system_error(asio::error::operation_aborted)),
               Result());
    }

    void finish(std::exception_ptr failure, Result result)
    {
        ++round_;
        descriptor_.close();
        timer_.cancel();
        Completion complete{std::move(handler_), std::move(failure),
                            owned(std::move(result))};
        source_.reset();
        auto const executor = handler_work_.get_executor();
        asio::dispatch(executor, std::move(complete));
        handler_work_.reset();
        io_work_.reset();
    }

    // A line is valid until the next one is read only.
    static decltype(auto) owned(Result&& result)
    {
        if constexpr (std::same_as<Result, std::optional<Line>>)
            return result ? std::optional<std::string>(*result) : std::nullopt;
        else
            return std::move(result);
    }

    struct Completion {
        Handler handler;
        std::exception_ptr failure;
        std::decay_t<decltype(owned(std::declval<Result>()))> result;

        // The slot is the handler's, so it is cleared where the handler runs.
        void operator()()
        {
            auto slot = asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected())
                slot.clear();
            std::move(handler)(std::move(failure), std::move(result));
        }
    };

    asio::strand<asio::any_io_executor> strand_;
    AsioDescriptor descriptor_;
    asio::steady_timer timer_;
    std::optional<Source> source_; ///< none when the operation is over
    Handler handler_;
    asio::executor_work_guard<asio::any_io_executor> io_work_;
    asio::executor_work_guard<
        asio::associated_executor_t<Handler, asio::any_io_executor>>
        handler_work_;
    std::atomic<unsigned> asked_{}; ///< before the first turn; of `Asked`
    unsigned long round_ = 0;
};

template <class Result, class Source, class Token>
auto async_watch(asio::any_io_executor executor, Source source, Token&& token)
{
    return asio::async_initiate<Token, void(std::exception_ptr, Result)>(
        [](auto handler, asio::any_io_executor const& on, Source from) {
            // Not by the allocator of the handler: its memory must be free when the
            // handler is called, and handlers of finished waits still hold the
            // operation then.
            using Handler = std::decay_t<decltype(handler)>;
            std::make_shared<AsioOperation<Source, Handler>>(
                on, std::move(from), std::move(handler))
                ->begin();
        },
        token, std::move(executor), std::move(source));
}

} // namespace detail

/// Runs an expression, and completes with `void(std::exception_ptr,
/// CompletedProcess)`: what `run` throws, or what it returns.
///
/// - `on`: an executor of Asio, or an execution context such as `asio::io_context`.
/// - `options`: as for `run`; `input` is copied, `pump` has no meaning.
/// - The commands start when the operation does, in a thread of `on`, which is busy
///   with that until their programs execute.
/// - Cancelling, by the slot of `token`. Before the commands start, every type ends
///   the operation with `asio::error::operation_aborted`. Later, by type:
///   `terminal` (what `||` of two awaitables asks for) kills the commands at once, by
///   SIGKILL; `partial` ends them as `options.teardown` says. The operation then
///   completes with `StopRequested`, which has the output until then, when they have
///   ended. `total` does nothing, because what commands have done cannot be undone.
///   A cancellation that asks for several types gets the gentlest one that ends the
///   commands; a later `terminal` shortens it.
/// - If the execution context is destroyed while the operation is under way, that
///   ends the commands as the destructor of `Job` does.
/// - With g++ 12, do not write braces for `options` in an expression with
///   `co_await`: see docs/gotchas.md. Give the options a name.
template <detail::asio_place On, class Token>
auto async_run(On&& on, Expression const& expression, RunOptions const& options,
               Token&& token)
{
    return detail::async_watch<CompletedProcess>(
        detail::asio_executor(std::forward<On>(on)),
        detail::RunEvents(expression, options), std::forward<Token>(token));
}

template <detail::asio_place On, class Token>
    requires(!std::convertible_to<Token, RunOptions>)
auto async_run(On&& on, Expression const& expression, Token&& token)
{
    return async_run(std::forward<On>(on), expression, RunOptions(),
                     std::forward<Token>(token));
}

/// Waits for a job, and completes with `void(std::exception_ptr, CompletedProcess)`:
/// what `job.wait()` throws, or what it returns.
///
/// - `job`: must stay in place until the operation has completed. A job with
///   `Pump::caller` has its event loop run by the operation.
/// - Cancelling: every type completes the operation with
///   `asio::error::operation_aborted`, and the job goes on.
template <detail::asio_place On, class Token>
auto async_wait(On&& on, Job& job, Token&& token)
{
    return detail::async_watch<CompletedProcess>(
        detail::asio_executor(std::forward<On>(on)), detail::JobEvents(job),
        std::forward<Token>(token));
}

/// Lines for an event loop of Asio, one after another. A handle, as `LineRange` is.
///
/// One operation at a time. When the last handle is destroyed and no operation is
/// under way, what still runs is ended as at the end of a `LineRange`: that waits, at
/// most as long as `LineOptions::teardown` says.
class [[nodiscard]] AsioLines {
public:
    AsioLines(asio::any_io_executor executor, LineRange range)
        : executor_(std::move(executor)), range_(std::move(range))
    {
    }

    /// Completes with `void(std::exception_ptr, std::optional<std::string>)`: the next
    /// line, or nothing at the end of the range, or what iterating throws. The first
    /// call starts the commands.
    ///
    /// Cancelling: every type completes the operation with
    /// `asio::error::operation_aborted`. No line is lost, and the next call goes on.
    template <class Token>
    auto async_next(Token&& token)
    {
        return detail::async_watch<std::optional<std::string>>(
            executor_, detail::LineEvents(range_), std::forward<Token>(token));
    }

    /// The result of the commands, after the end of the range.
    CompletedProcess const& result() const { return range_.result(); }

    asio::any_io_executor get_executor() const { return executor_; }

private:
    asio::any_io_executor executor_;
    LineRange range_;
};

/// The lines of a range, such as `stderr_of(e) | lines` or a stream.
template <detail::asio_place On>
AsioLines async_lines(On&& on, LineRange range)
{
    return AsioLines(detail::asio_executor(std::forward<On>(on)),
                     std::move(range));
}

/// The lines that an expression writes to stdout.
template <detail::asio_place On>
AsioLines async_lines(On&& on, Expression const& expression,
                      LineOptions const& options)
{
    auto own = options; // the lines may begin in another thread
    detail::keep_executor(own);
    return async_lines(std::forward<On>(on), LineRange(expression, own));
}
template <detail::asio_place On>
AsioLines async_lines(On&& on, Expression const& expression)
{
    return async_lines(std::forward<On>(on), expression, LineOptions());
}

} // namespace runnel::inline v0
