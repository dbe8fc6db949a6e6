// What every case promises beside its own subject: the process is afterwards
// as it was before, and the case ends.
#pragma once

#include "support/watchdog.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

namespace runnel::test {

/// What this process has and how it stands: descriptors, children, signals,
/// directory, umask.
class ProcessState {
public:
    /// As it is now.
    static ProcessState now();

    /// How `later` differs, in words; empty if it does not.
    std::string changed_to(ProcessState const& later) const;

private:
    std::map<int, std::string> fds_; ///< what each one is, and its flags
    std::set<std::string> children_; ///< zombies are among them
    std::map<std::string, std::string> others_;
};

/// The first line of a case: fails it at its end if something was left behind,
/// and ends the program if it takes too long.
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
