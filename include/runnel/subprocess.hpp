// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The older functions of Python's subprocess module, under their names.
//
//     int code = call(cmd("make", "-q"));
//     std::string log = check_output(cmd("git", "log"), {.text = true});
//     auto [status, output] = getstatusoutput("ls /nonexistent | wc -l");
//
// `run`, `check` and `read` (run.hpp) do the same and more. These functions are
// for users of Python's module, and for programs translated from it. As in
// run.hpp, a program that is missing is `SpawnError`, and `Stdio::pipe` is
// refused, because nothing would read the pipe: use `devnull` to silence a
// stream.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/run.hpp>
#include <runnel/text_view.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// Runs the expression to its end and returns the returncode: the exit code, or
/// `-N` if signal N ended it. Origin: `subprocess.call`.
[[nodiscard("a failure would be lost: write check_call(e)")]] RUNNEL_EXPORT int
call(Expression const& expression, RunOptions const& options = {});

RUNNEL_REFUSED("call takes an expression, then options: write call(cmd(\"ls\", "
               "\"-l\")), call(sh(\"ls | wc\"))",
               int)
call(...) RUNNEL_DELETED;

/// The same, but a failure throws `CalledProcessError`. Returns 0, or a code
/// that the command accepts. Origin: `subprocess.check_call`.
RUNNEL_EXPORT int check_call(Expression const& expression,
                             RunOptions const& options = {});

RUNNEL_REFUSED("check_call takes an expression, then options: write "
               "check_call(cmd(\"ls\", \"-l\")), check_call(sh(\"ls | wc\"))",
               int)
check_call(...) RUNNEL_DELETED;

/// Captures stdout and returns all of it, newlines included. A failure throws
/// `CalledProcessError`, which holds the same. If stdin is not connected and
/// `options.input` is not given, stdin is empty; `read` would inherit it.
/// Origin: `subprocess.check_output`.
[[nodiscard("the output would be lost: write check_call(e)")]] RUNNEL_EXPORT
    std::string
    check_output(Expression const& expression, RunOptions const& options = {});

RUNNEL_REFUSED(
    "check_output takes an expression, then options: write "
    "check_output(cmd(\"ls\", \"-l\")), check_output(sh(\"ls | wc\"))",
    std::string)
check_output(...) RUNNEL_DELETED;

/// The result of `getstatusoutput`.
struct StatusOutput {
    int status = 0; ///< a returncode: 127 if the shell found no such command
    std::string output{};

    bool operator==(StatusOutput const&) const = default;
};

/// Runs `script` with `/bin/sh -c`. The output is stdout and stderr together,
/// without one newline at its end, as text of the locale or of the encoding
/// that the options name. Text put into a script is run as code: see `quote`.
/// Origin: `subprocess.getstatusoutput`.
[[nodiscard(
    "status and output would be lost: write check(sh(script))")]] RUNNEL_EXPORT
    StatusOutput
    getstatusoutput(detail::TextView script, RunOptions const& options = {});
RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               StatusOutput)
getstatusoutput(std::nullptr_t, RunOptions const& = {}) RUNNEL_DELETED;

/// The output alone, however the script ended. Origin:
/// `subprocess.getoutput`.
[[nodiscard("the output would be lost: write check(sh(script))")]] RUNNEL_EXPORT
    std::string
    getoutput(detail::TextView script, RunOptions const& options = {});
RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               std::string)
getoutput(std::nullptr_t, RunOptions const& = {}) RUNNEL_DELETED;

} // namespace runnel::inline v0
