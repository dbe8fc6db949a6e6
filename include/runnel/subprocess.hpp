// The older functions of Python's subprocess module, under their names.
//
//     int code = call(cmd("make", "-q"));
//     std::string log = check_output(cmd("git", "log"), {.text = true});
//     auto [status, output] = getstatusoutput("ls /nonexistent | wc -l");
//
// `run`, `check` and `read` (run.hpp) do the same and more; these are for who
// knows them, or translates a program. As there, a program that is missing is
// `SpawnError`, and a stream that is `Stdio::pipe` is refused, for nobody would
// read it: silence one with `devnull`.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/expression.hpp>
#include <runnel/run.hpp>
#include <runnel/text_view.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// Runs it to its end and gives the returncode: the exit code, or `-N` if
/// signal N ended it. Origin: `subprocess.call`.
[[nodiscard]] RUNNEL_EXPORT int call(Expression const& expression,
                                     RunOptions const& options = {});

/// The same, but a failure throws `CalledProcessError`; gives 0, or a code
/// that the command accepts. Origin: `subprocess.check_call`.
RUNNEL_EXPORT int check_call(Expression const& expression,
                             RunOptions const& options = {});

/// Captures stdout and gives all of it, newlines included; a failure throws
/// `CalledProcessError`, which holds the same. Without `options.input`, and
/// unless stdin is connected, it reads nothing: not what this process would
/// read, as `read` does. Origin: `subprocess.check_output`.
[[nodiscard]] RUNNEL_EXPORT std::string
check_output(Expression const& expression, RunOptions const& options = {});

/// What `getstatusoutput` gives.
struct StatusOutput {
    int status; ///< a returncode: 127 if the shell found no such command
    std::string output;

    bool operator==(StatusOutput const&) const = default;
};

/// Gives `script` to `/bin/sh -c`; stdout and stderr together are the output,
/// without one newline at its end, as text of the locale or of the encoding
/// that the options name. Text put into a script is run as code: see
/// `quote`. Origin: `subprocess.getstatusoutput`.
[[nodiscard]] RUNNEL_EXPORT StatusOutput
getstatusoutput(detail::TextView script, RunOptions const& options = {});
StatusOutput getstatusoutput(std::nullptr_t, RunOptions const& = {}) = delete;

/// The output alone, however the script ended. Origin:
/// `subprocess.getoutput`.
[[nodiscard]] RUNNEL_EXPORT std::string
getoutput(detail::TextView script, RunOptions const& options = {});
std::string getoutput(std::nullptr_t, RunOptions const& = {}) = delete;

} // namespace runnel::inline v0
