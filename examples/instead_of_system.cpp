// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What system() hides: whether the program exists, how it ended, what it wrote
// to stderr. Usage: instead_of_system [PROGRAM [ARGUMENT]...]
#include <runnel/runnel.hpp>

#include <iostream>
#include <span>
#include <string>
#include <vector>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

/// Runs a command, prints how it ended, and returns the code of a shell.
int report(Command const& command)
{
    std::cout << "$ " << command << std::endl;
    try {
        auto const done = run(command > err(capture), {.timeout = 10s});
        auto const& stage = done.stages.front();
        std::cout << "  " << to_string(stage.status) << " after "
                  << stage.wall_time / 1us << " us\n";
        if (!done && !done.err.empty())
            std::cout << "  it said: " << done.err.trimmed() << '\n';
        return done.returncode;
    } catch (SpawnError const& error) { // nothing was started
        std::cout << "  " << error.what() << '\n';
        return error.code() == std::errc::no_such_file_or_directory ? 127 : 126;
    } catch (TimeoutExpired const& error) { // the child was killed and reaped
        std::cout << "  " << error.what() << '\n';
        return 124;
    }
}

} // namespace

int main(int argc, char** argv)
{
    std::span const args(argv, static_cast<std::size_t>(argc));
    if (args.size() > 1)
        return report(cmd(args[1], args.subspan(2)));

    report(cmd("true"));
    report(cmd("ls", "/no/such/place")); // an exit code, and the reason
    report(cmd("no-such-program", "argument")); // an exception, not 127
    report(sh("kill -SEGV $$")); // a signal is not an exit code
    std::string const name = "a file; rm -rf ~";
    report(cmd("test", "-e", name)); // one word, whatever it holds
}
