// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Signals of this process, such as Ctrl-C, for the children.
//
//     Interrupts const interrupts;
//     auto const done = run(cmd("make"), {.containment = Containment::group});
//     if (interrupts.signal() != 0)     // make got the signal; this process goes on
//         interrupts.reraise();
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/stop.hpp>

#include <initializer_list>
#include <memory>

namespace runnel::inline v0 {

namespace detail {
class InterruptsState;
} // namespace detail

/// While this object lives, some signals do not end this process: they are
/// remembered, and passed on to the children that the library starts meanwhile, in
/// any thread. Processes in the container of a child get them as well; see
/// containment.hpp.
///
/// A signal that a terminal sends (Ctrl-C) reaches all processes in its foreground
/// group, so it is passed on only to children in other groups. A signal that this
/// process ignores stays ignored, as after `nohup`. Programs that are executed get
/// the usual actions of the signals.
///
/// Replaces what `system()` does about SIGINT and SIGQUIT. Signal actions belong to
/// the whole process: make the object before other threads need them, and change the
/// action of these signals in no other way meanwhile. Objects may be nested; the
/// innermost one that knows a signal gets it. The destructor restores the actions.
class RUNNEL_EXPORT Interrupts {
public:
    /// SIGHUP, SIGINT, SIGQUIT and SIGTERM. Throws `std::system_error` if the system
    /// refuses.
    Interrupts();

    /// Throws `std::invalid_argument` for a number that is no signal, and for a
    /// signal that cannot be caught.
    explicit Interrupts(std::initializer_list<int> signals);

    Interrupts(Interrupts const&) = delete;
    Interrupts& operator=(Interrupts const&) = delete;
    ~Interrupts();

    /// The last signal that came; 0 if none did. Async-signal-safe.
    int signal() const noexcept;

    /// How many came. Async-signal-safe.
    int count() const noexcept;

    /// A token that requests a stop when a signal comes. From the first call on,
    /// signals are not passed on any more: a run with this token is ended by its
    /// teardown, and throws `StopRequested`.
    StopToken token();

    /// Ends this process as the last signal would have ended it. Does nothing if
    /// none came. A program that ends because of Ctrl-C should end like this, so
    /// that a shell script around it ends as well. Streams of C++ and C are not
    /// flushed, and destructors do not run: flush before, if output matters.
    void reraise() const;

private:
    std::unique_ptr<detail::InterruptsState> state_;
};

} // namespace runnel::inline v0
