// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Starting a child.
#pragma once

#include "sys/child_action.hpp"
#include "sys/process.hpp"

#include <runnel/error.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0::sys {

/// In the child, descriptor `target` becomes a copy of the parent's `source`.
struct FdMove {
    int source;
    int target;

    bool operator==(FdMove const&) const = default;
};

/// Everything about a child, by reference: what is referred to must live until
/// the launch has finished.
struct SpawnRequest {
    std::span<std::string const> args; ///< never empty
    std::string_view program; ///< looked up if it holds no slash
    /// `NAME=value` strings; null: those of this process.
    std::vector<std::string> const* environment = nullptr;
    std::span<FdMove const> moves; ///< targets are distinct
    std::span<int const> kept; ///< stay open under their numbers
    bool close_others = true;
    std::span<ChildAction const> actions; ///< in the order of their kinds
    void (*preexec)(void*) = nullptr; ///< may throw; called in a forked child
    void* preexec_context = nullptr;
};

struct SpawnFailure {
    SpawnStep step;
    std::error_code error;
    std::string
        subject; ///< the program file, directory or setting, if it matters
    std::string detail; ///< what preexec threw
};

/// A child that may not have executed its program yet.
class Launch {
public:
    Launch() noexcept;
    Launch(Launch&&) noexcept;
    Launch& operator=(Launch&&) noexcept;
    /// Ends and reaps the child if it runs and `take` was not called.
    ~Launch();

    /// Starts the child and waits until it has executed its program or failed.
    std::optional<SpawnFailure> start(SpawnRequest const& request);

    /// Starts the child and returns as soon as it exists, so that several
    /// children can start side by side. `confirm` must follow.
    std::optional<SpawnFailure> start_unconfirmed(SpawnRequest const& request);

    /// Waits for the outcome of `start_unconfirmed`. After a failure the
    /// child is reaped.
    std::optional<SpawnFailure> confirm();

    /// See `Process::shed`.
    void shed() noexcept
    {
        if (process_)
            process_->shed();
    }

    /// The pid of the child once there is one, otherwise -1.
    int pid() const noexcept { return process_ ? process_->pid() : -1; }

    /// True if there is a child that `take` has not given out.
    bool runs() const noexcept { return running_; }

    /// Hands over the running child, if there was no failure. Call it once.
    std::unique_ptr<ChildProcess> take();

    struct Frame;

private:
    enum class Way : unsigned char {
        alone, ///< this thread waits; the child begins with our fd table
        alone_with_copy, ///< the same, but the clone copies the table
        beside, ///< this thread goes on
    };

    enum class By : unsigned char { this_thread, parent_thread };

    std::optional<SpawnFailure> begin(Way way, By by = By::this_thread);
    std::optional<SpawnFailure> begin_on_parent_thread(Way way);
    std::optional<SpawnFailure> fork_child();
    std::optional<SpawnFailure> outcome();

    std::unique_ptr<Frame> frame_;
    std::unique_ptr<ChildProcess> process_;
    bool running_ = false;
};

/// A hint for the message about `failure`; empty if there is none.
std::string spawn_hint(SpawnRequest const& request,
                       SpawnFailure const& failure);

} // namespace runnel::inline v0::sys
