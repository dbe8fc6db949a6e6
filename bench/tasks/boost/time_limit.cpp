// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ends a program after 200 ms, and says whether that was necessary.
//
// Boost.Process v1: wait_for and terminate. v2 needs a timer, a cancellation
// signal and a handler for each.
#include <boost/process.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace bp = boost::process;

int main()
{
    using namespace std::chrono_literals;
    try {
        bp::child child("sleep 10");
        bool const in_time = child.wait_for(200ms);
        if (!in_time)
            child.terminate(); // also reaps it
        else if (child.exit_code() != 0)
            throw std::runtime_error("sleep failed");
        std::cout << (in_time ? "ended in time\n" : "was killed\n");
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
