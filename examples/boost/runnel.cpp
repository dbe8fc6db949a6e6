// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The ten tasks by runnel.
#include "tasks.hpp"

#include <runnel/runnel.hpp>

using namespace runnel;

namespace tasks {

namespace {

bool run_and_wait(std::string const& dir)
{
    return bool(run(cmd("mkdir", dir)));
}

int exit_code(std::string const& a, std::string const& b)
{
    return run(cmd("cmp", "-s", a, b)).returncode;
}

std::string capture_stdout(std::string const& dir)
{
    return check_output(cmd("ls", dir));
}

Said capture_both(std::string const& script)
{
    auto const done = run(sh(script), {.capture_output = true});
    return {done.returncode, done.out.str(), done.err.str()};
}

std::string feed(std::string const& input)
{
    return check_output(cmd("sort"), {.input = input});
}

std::string pipe_two(std::string const& file)
{
    return check_output(cmd("sort", file) | cmd("uniq", "-c"));
}

bool redirect(std::string const& script, std::string const& in,
              std::string const& out, std::string const& err_file)
{
    return bool(run(sh(script) < in > out > err(err_file)));
}

std::string with_variable(std::string const& script, std::string const& name,
                          std::string const& value)
{
    return check_output(sh(script).env(name, value));
}

std::string in_directory(std::string const& dir)
{
    return check_output(cmd("pwd", "-P").cwd(dir));
}

bool ends_in_time(std::string const& seconds, std::chrono::milliseconds limit)
{
    try {
        check(cmd("sleep", seconds), {.timeout = limit});
        return true;
    } catch (TimeoutExpired const&) { // it was killed and reaped
        return false;
    }
}

} // namespace

Way const with_runnel{"runnel",      run_and_wait, exit_code,   capture_stdout,
                      capture_both,  feed,         pipe_two,    redirect,
                      with_variable, in_directory, ends_in_time};

} // namespace tasks
