// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Signals of this process that are caught for its children.
#pragma once

#include "sys/result.hpp"

#include <atomic>
#include <span>

namespace runnel::inline v0::sys {

class Process;

/// Gets signals while it lives.
class SignalListener {
public:
    /// Throws `std::system_error` if the system refuses. `signals`: those that the
    /// process ignores stay ignored.
    explicit SignalListener(std::span<int const> signals);
    SignalListener(SignalListener const&) = delete;
    SignalListener& operator=(SignalListener const&) = delete;

    /// Called in a signal handler. `is_shared`: a terminal has sent the signal to
    /// the whole group of this process.
    virtual void came(int signal, bool is_shared) noexcept = 0;

protected:
    ~SignalListener();

private:
    friend struct Listeners;

    unsigned long long signals_ = 0; ///< signal N is bit N - 1
    std::atomic<SignalListener*> outer_{nullptr};
};

/// Sends a signal to every child that is listed. Async-signal-safe. `is_shared`:
/// children in the group of this process have it already.
void pass_on(int signal, bool is_shared) noexcept;

/// What has come so far; to be asked before a child is made.
unsigned signals_so_far() noexcept;

/// Lists a child, if there is a listener. The child also gets what has come after
/// `before` was asked.
void list_for_signals(Process& child, unsigned before) noexcept;

/// Called by the destructor of a child that is listed.
void forget_for_signals(Process& child) noexcept;

/// Ends this process by the default action of a signal. Returns if that does not
/// end it.
void end_by(int signal) noexcept;

} // namespace runnel::inline v0::sys
