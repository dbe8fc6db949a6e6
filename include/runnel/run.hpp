// The verbs: run an expression and say how it went.
//
//     auto hda = run(cmd("dmesg") | cmd("grep", "hda") > capture);
//     check(cmd("make") < "/dev/null");                // throws if it fails
//     std::string rev = read(cmd("git", "rev-parse", "HEAD"));
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/expression.hpp>
#include <runnel/observer.hpp>
#include <runnel/result.hpp>
#include <runnel/timeout.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// How a whole expression is run.
struct RunOptions {
    /// Bytes for stdin of the first stage, valid during the call. Default:
    /// stdin as the expression has it.
    std::optional<std::string_view> input{};

    /// When it passes, every stage is killed and reaped, and
    /// `TimeoutExpired` is thrown with what was captured. Starting programs
    /// is not interrupted. Default: for ever.
    Timeout timeout{};

    /// True: a failed stage throws `CalledProcessError`.
    bool check = false;

    /// True: as if stdout of the last stage and stderr of every stage were
    /// captured. `std::invalid_argument` if stdout of the last or stderr of
    /// any is connected.
    bool capture_output = false;

    /// Told of everything; must outlive the call. Default: the one of
    /// `set_default_observer`.
    Observer* observer = nullptr;
};

/// Runs the expression to its end and gives every stage's status.
///
/// A failed stage is in the result, which the compiler asks you to look at.
/// Throws `SpawnError` if a stage cannot be started; those before it are then
/// ended and reaped. Streams that are not connected are inherited.
[[nodiscard]] RUNNEL_EXPORT CompletedProcess run(Expression const& expression,
                                                 RunOptions options = {});

/// The same, but throws `CalledProcessError` if a stage fails.
RUNNEL_EXPORT CompletedProcess check(Expression const& expression,
                                     RunOptions options = {});

/// Captures stdout, as `check` does, and gives it without the newlines at its
/// end: `$(...)`.
[[nodiscard]] RUNNEL_EXPORT std::string read(Expression const& expression,
                                             RunOptions options = {});

} // namespace runnel::inline v0
