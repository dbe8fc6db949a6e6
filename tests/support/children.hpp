// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The children of the tests, and the shortest ways to talk to them.
#pragma once

#include <runnel/popen.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::test {

/// The path of the test child `name`; see tests/children.
std::string child(std::string_view name);

/// All that `args` writes to stdout.
inline std::string output_of(std::initializer_list<Word> args,
                             PopenOptions options = {})
{
    options.out = Stdio::pipe;
    return Popen(args, std::move(options)).communicate().out.str();
}

/// The returncode of `args`.
inline int returncode_of(std::initializer_list<Word> args,
                         PopenOptions options = {})
{
    return Popen(args, std::move(options)).wait();
}

/// A do-nothing `preexec_fn` if `forked`: a child is then made by fork, else
/// by clone3 with shared memory. Both ways must behave alike.
inline PreexecFn hook_if(bool forked)
{
    return forked ? PreexecFn([] {}) : PreexecFn();
}

/// Waits until `child`, whose stdout is piped, writes its first byte.
inline bool is_ready(Popen& child)
{
    char byte;
    return child.out().read_some({&byte, 1}) == 1;
}

/// Waits until there is output of `child`, whose stdout is piped, and leaves it
/// there.
void wait_for_output(Popen& child);

/// The lines of `text`, without their newlines.
inline std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        auto const end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return lines;
}

/// The text after `name: ` in `text`; see print_ids and print_signals.
inline std::string field_of(std::string_view text, std::string_view name)
{
    for (auto const& line : lines_of(text))
        if (line.starts_with(std::string(name) + ':')) {
            auto const at = line.find_first_not_of(" \t", name.size() + 1);
            return at == line.npos ? "" : line.substr(at);
        }
    return "no field " + std::string(name);
}

/// The text of the `Error` that `attempt` throws.
template <class Error, class F>
std::string message_of(F attempt)
{
    try {
        attempt();
    } catch (Error const& error) {
        return error.what();
    }
    return "nothing was thrown";
}

} // namespace runnel::test
