// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A conversation with a child process that keeps running: each question is
// answered before the next is asked. The child is bc, or python3 if there is no
// bc.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>
#include <string_view>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

/// A program that reads a line, calculates, and answers with a line.
Command calculator()
{
    constexpr std::string_view python = "import sys\n"
                                        "for line in sys.stdin:\n"
                                        "    print(eval(line), flush=True)\n";
    return which("bc") ? cmd("bc", "-q") : cmd("python3", "-c", python);
}

std::string ask(Job& child, std::string_view question)
{
    child.in().write(question);
    child.in().write("\n");
    child.in().flush(); // else both processes wait for ever
    return child.out().readline();
}

} // namespace

int main()
{
    try {
        Job child = start(calculator() < Stdio::pipe > Stdio::pipe);
        for (std::string_view question : {"6 * 7", "2 + 3 * 4", "10 - 20"})
            std::cout << question << " = " << ask(child, question);
        child.in().close(); // end of file: the child ends
        if (auto const done = child.wait_for(5s))
            std::cout << to_string(done->stages.front().status) << '\n';
        else
            std::cout << "it goes on, and is torn down here\n";
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
