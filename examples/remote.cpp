// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a pipeline on several machines at once through ssh. All of it runs over there, the
// status of each stage counts, and one connection to a machine serves all commands. Usage:
// remote [HOST]...; without a host, it runs in a bash of this machine.
#include <runnel/runnel.hpp>

#include <iostream>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

/// `e` on another machine, or in a bash of this one. `pipefail` makes each stage count.
Pipeline on(std::string const& host, Pipeline const& e)
{
    auto const bash =
        prefix({"bash", "-o", "pipefail", "-c"}, Quoting::shell_text);
    auto const ssh =
        prefix({"ssh", "-oBatchMode=yes", "-oControlMaster=auto",
                "-oControlPath=~/.ssh/runnel-%C", "-oControlPersist=60", host},
               Quoting::shell_text);
    return host == "here" ? bash(e) : ssh(bash(e));
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> hosts(argv + 1, argv + argc);
    if (hosts.empty())
        hosts = {"here"};
    auto const fullest = cmd("df", "-P", "/") | cmd("tail", "-n1");
    auto const on_host = [&](std::string const& host) {
        return std::pair(host, on(host, fullest));
    };
    int failures = 0;
    for (auto const& done : hosts | std::views::transform(on_host)
                                | parallel({.jobs = 8,
                                  .output = JobOutput::captured,
                                  .run = {.timeout = 30s}}))
        try {
            done.check();
            std::cout << done.key << ": " << done.result.out;
        } catch (SubprocessError const& error) {
            std::cerr << done.key << ": " << error.what() << '\n';
            ++failures;
        }
    return failures > 0;
}
