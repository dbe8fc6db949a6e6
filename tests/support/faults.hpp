// Makes calls to the kernel fail on purpose.
#pragma once

#include "sys/linux/calls.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::test {

/// Who makes the call: this process, or a child before its program.
enum class Caller { parent, child };

/// While it lives, calls go through a table that counts them and can fail
/// them. One at a time; not while other threads use the library.
class Faults {
public:
    Faults();
    Faults(Faults const&) = delete;
    Faults& operator=(Faults const&) = delete;
    ~Faults();

    /// Lets the `n`-th call (from 1) of `caller` from now on be made, and
    /// tells which one it is.
    void watch_call(Caller caller, int n);

    /// The `n`-th call of `caller` from now on fails with `error`, if it is a
    /// call of that name: children run beside us, and the order may differ.
    void fail_call(Caller caller, int n, std::string const& name, int error);

    /// Every call of that name (as in the table) fails with `error`.
    void fail_always(std::string const& name, int error);

    /// The first call of that name from now on fails with `error`.
    void fail_once(std::string const& name, int error);

    /// The next call of that name waits until `let_go`, in the child that makes
    /// it: one that shares memory with this process, but does not suspend it.
    void hold(std::string const& name);
    void wait_until_held() const;
    void let_go();

    /// How many calls `caller` has made since then. Those of
    /// a forked child are not seen here.
    int count(Caller caller) const;

    /// The name of the call that was failed, empty if none was. Not seen if a
    /// forked child made it.
    std::string failed() const;

    /// How often a call of that name was made.
    int count(std::string const& name) const;

    void reset();
};

/// While it lives, calls go through a copy of the kernel's table in which
/// `change` has put other functions. Calls of children that share memory must
/// stay the kernel's.
class OtherCalls {
public:
    explicit OtherCalls(void (*change)(posix::Calls& table));
    OtherCalls(OtherCalls const&) = delete;
    OtherCalls& operator=(OtherCalls const&) = delete;
    ~OtherCalls();
};

/// The names of all calls in the table.
std::vector<std::string> call_names(Caller caller);

/// The errors that the kernel may give for a call.
std::vector<int> plausible_errors(std::string const& name);

} // namespace runnel::test
