// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Asks interpreters what they know: waits for a prompt, writes a line, and takes
// what comes before the next prompt.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>
#include <string_view>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

class Interpreter {
public:
    Interpreter(Command const& program, std::string_view prompt)
        : prompt_(prompt),
          job_(start(program<Stdio::pipe> Stdio::pipe > err_to_out))
    {
        job_.out().read_until(prompt_, 20s);
    }

    std::string ask(std::string_view line)
    {
        job_.in().write(std::string(line) + '\n');
        auto answer = job_.out().read_until(prompt_, 20s);
        return answer.substr(0, answer.size() - prompt_.size());
    }

private:
    std::string prompt_;
    Job job_;
};

struct Question {
    Command program;
    std::string_view prompt;
    std::string_view line;
};

Question const questions[] = {
    {cmd("python3", "-iqu"), ">>> ", "2 ** 100"},
    {cmd("sqlite3", "-interactive"), "sqlite> ", "SELECT 6 * 7;"},
    {cmd("gdb", "-q", "-i", "mi"), "(gdb) \n", "-gdb-show width"}};

} // namespace

int main()
{
    for (auto const& [program, prompt, line] : questions)
        if (auto const name = to_string(program);
            which(name.substr(0, name.find(' '))))
            std::cout << name << ": " << Interpreter(program, prompt).ask(line);
}
