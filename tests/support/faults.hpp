// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Makes calls to the kernel fail on purpose.
#pragma once

#include "sys/linux/calls.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::test {

/// Which process makes the call: this one, or a child before its program.
enum class Caller { parent, child };

/// While this object lives, calls go through a table that counts them and can
/// make them fail. One object at a time; not while other threads use the
/// library.
class Faults {
public:
    Faults();
    Faults(Faults const&) = delete;
    Faults& operator=(Faults const&) = delete;
    ~Faults();

    /// The `n`-th call (from 1) of `caller` from now on is made as usual;
    /// `failed` returns its name.
    void watch_call(Caller caller, int n);

    /// The `n`-th call of `caller` from now on fails with `error`, if it has
    /// that name: children run at the same time, so the order may differ.
    void fail_call(Caller caller, int n, std::string const& name, int error);

    /// Every call of that name (as in the table) fails with `error`.
    void fail_always(std::string const& name, int error);

    /// The first call of that name from now on fails with `error`.
    void fail_once(std::string const& name, int error);

    /// The next call of that name waits until `let_go`. It must be a call of a
    /// child that shares memory with this process, but does not suspend it.
    void hold(std::string const& name);
    void wait_until_held() const;
    void let_go();

    /// How many calls `caller` has made since `watch_call` or `fail_call`.
    /// Those of a forked child are not counted.
    int count(Caller caller) const;

    /// The name of the call that failed, empty if none did. A call of a forked
    /// child is not seen.
    std::string failed() const;

    /// How often a call of that name was made.
    int count(std::string const& name) const;

    void reset();
};

/// While this object lives, calls go through a copy of the native table in
/// which `change` has replaced functions. Calls of children that share memory
/// must not be replaced.
class OtherCalls {
public:
    explicit OtherCalls(void (*change)(posix::Calls& table));
    OtherCalls(OtherCalls const&) = delete;
    OtherCalls& operator=(OtherCalls const&) = delete;
    ~OtherCalls();
};

/// The names of all calls of `caller` in the table.
std::vector<std::string> call_names(Caller caller);

/// The errors that the kernel may give for a call.
std::vector<int> plausible_errors(std::string const& name);

} // namespace runnel::test
