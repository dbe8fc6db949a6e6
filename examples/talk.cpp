// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Drives an interactive Python: waits for its prompt, asks, and tells a value
// from an error. Python writes prompts and errors to stderr, so both streams are
// one here.
#include <runnel/runnel.hpp>

#include <iostream>
#include <string>
#include <string_view>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

class Python {
public:
    Python() { child_.out().read_until(prompt, limit); }

    struct Answer {
        bool is_error;
        std::string text;
    };

    /// What Python prints for `line`; of an error, its last line.
    Answer ask(std::string_view line)
    {
        child_.in().write(std::string(line) + '\n');
        auto const [index, before, text] =
            child_.out().expect({"Traceback", prompt}, limit);
        if (index == 1)
            return {false, before};
        auto error = child_.out().read_until(prompt, limit);
        error.erase(error.rfind(prompt));
        return {true, error.substr(error.rfind('\n', error.size() - 2) + 1)};
    }

    /// Ends Python by the end of its input, and returns its exit code.
    int leave()
    {
        child_.in().close();
        return child_.wait(limit);
    }

private:
    static constexpr std::string_view prompt = ">>> ";
    static constexpr auto limit = 20s;

    Popen child_{{"python3", "-E", "-i", "-q", "-u"},
                 {.in = Stdio::pipe,
                  .out = Stdio::pipe,
                  .err = Stdio::out,
                  .on_destroy = OnDestroy::teardown}};
};

} // namespace

int main()
{
    constexpr int skipped = 77;
    if (!which("python3"))
        return skipped;
    try {
        Python python;
        for (std::string_view question : {"6 * 7", "2 ** 100", "1 / 0"}) {
            auto const [is_error, text] = python.ask(question);
            std::cout << question << (is_error ? " fails: " : " = ") << text;
        }
        std::cout << "exit code " << python.leave() << '\n';
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
