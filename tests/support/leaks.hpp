// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What every test case checks besides its own subject: the process is in the
// same state as before, and the case ends.
#pragma once

#include "support/watchdog.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

namespace runnel::test {

/// The state of this process: descriptors, children, signals, directory, umask.
class ProcessState {
public:
    /// The current state.
    static ProcessState now();

    /// How `later` differs, as text; empty if it does not.
    std::string changed_to(ProcessState const& later) const;

private:
    std::map<int, std::string> fds_; ///< what each one is, and its flags
    std::set<std::string> children_; ///< zombies are among them
    std::map<std::string, std::string> others_;
};

/// The first line of a case. Fails the case at its end if something was left
/// behind, and ends the program if the case takes too long.
///
///     NoLeaks const no_leaks;
class NoLeaks {
public:
    NoLeaks() : before_(ProcessState::now()) {}
    NoLeaks(NoLeaks const&) = delete;
    NoLeaks& operator=(NoLeaks const&) = delete;
    ~NoLeaks() { CHECK(left_behind() == ""); }

    /// What is different from the beginning, so far.
    std::string left_behind() const
    {
        return before_.changed_to(ProcessState::now());
    }

private:
    Watchdog watchdog_; ///< first: its signal handler is part of the state
    ProcessState before_;
};

} // namespace runnel::test
