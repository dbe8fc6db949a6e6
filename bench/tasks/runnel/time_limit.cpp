// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ends a program after 200 ms, and says whether that was necessary.
#include <runnel/runnel.hpp>

#include <chrono>
#include <iostream>

int main()
{
    using namespace runnel;
    using namespace std::chrono_literals;
    try {
        check(cmd("sleep", 10), {.timeout = 200ms});
        std::cout << "ended in time\n";
    } catch (TimeoutExpired const&) {
        std::cout << "was killed\n"; // and reaped
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
