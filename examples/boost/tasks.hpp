// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ten tasks, each done by runnel and by both versions of Boost.Process. The page
// docs/boost.md shows the functions side by side.
#pragma once

#include <chrono>
#include <string>

namespace tasks {

/// What a program said, and its exit code.
struct Said {
    int code;
    std::string out;
    std::string err;
};

/// One way to do them.
struct Way {
    char const* name;

    /// `mkdir dir`; true if it succeeded.
    bool (*run_and_wait)(std::string const& dir);

    /// That of `cmp -s a b`: 0 for the same, 1 for different, 2 for trouble.
    int (*exit_code)(std::string const& a, std::string const& b);

    /// What `ls dir` says.
    std::string (*capture)(std::string const& dir);

    /// What a script says on both streams.
    Said (*capture_both)(std::string const& script);

    /// `input`, sorted by `sort`.
    std::string (*feed)(std::string const& input);

    /// `sort file | uniq -c`
    std::string (*pipe_two)(std::string const& file);

    /// `sh -c script < in > out 2> err`; true if it succeeded.
    bool (*redirect)(std::string const& script, std::string const& in,
                     std::string const& out, std::string const& err);

    /// What a script says with one variable more in its environment.
    std::string (*with_variable)(std::string const& script,
                                 std::string const& name,
                                 std::string const& value);

    /// What `pwd` says in `dir`.
    std::string (*in_directory)(std::string const& dir);

    /// `sleep seconds`, killed and reaped after `limit`; true if it was not.
    bool (*ends_in_time)(std::string const& seconds,
                         std::chrono::milliseconds limit);
};

extern Way const with_runnel;
extern Way const with_boost_v1;
extern Way const with_boost_v2;

} // namespace tasks
