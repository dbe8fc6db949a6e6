// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Code of this process that stands in for the program of a command.
#pragma once

#include "base/cancel.hpp"
#include "job/role_state.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"

#include <runnel/stand_in.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace runnel::inline v0 {

class Executor;

/// A thread that looks like a child process: it has an id, which no process has,
/// gets signals, and ends with a status. A signal whose default action ends
/// processes ends the waits of the thread inside the library; others do nothing.
class ActingProcess final : public sys::Process {
public:
    /// Copies the descriptors that `moves` names. Throws `SystemError`.
    ActingProcess(detail::Function<ExitStatus(Role&)> act,
                  std::shared_ptr<PlannedStage const> stage,
                  std::span<sys::FdMove const> moves);
    /// Waits for the thread.
    ~ActingProcess() override;

    /// Starts the thread, once. `executor`: for verbs that the code calls; see `scoped_executor`.
    void start(Executor* executor);

    std::optional<sys::Exit> seen() const override;
    std::optional<sys::Exit> wait(sys::Deadline deadline) override;
    std::optional<sys::Exit> collect_ended() override;
    sys::Result<bool> signal(int number) override;
    void forward(int number) noexcept override { interrupt(number); }
    int pollable() override { return ended_.fd(); }
    int watchable() const override { return seen() ? -1 : ended_.fd(); }

    /// What the code threw, after the end.
    std::exception_ptr failure() const;

private:
    void interrupt(int number) noexcept;
    void run() noexcept;
    ExitStatus play();
    void end(ExitStatus status) noexcept;
    void end_if_never_started() noexcept;

    detail::Function<ExitStatus(Role&)> act_;
    detail::RoleState role_;
    detail::CancelFlag cancel_;
    std::atomic<int> signal_{0}; ///< that ends it
    sys::Waker ended_;
    mutable std::mutex mutex_;
    std::optional<sys::Exit> exit_; ///< how it has ended
    std::exception_ptr failure_;
    bool is_collected_ = false;
    bool was_started_ = false;
    std::thread thread_;
};

} // namespace runnel::inline v0
