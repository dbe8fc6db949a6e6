// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a program with a changed environment variable in another directory.
//
// Boost.Process v1: it changes one variable. v2 takes a whole environment.
#include <boost/process.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>

namespace bp = boost::process;

int main()
{
    try {
        if (bp::system("date -r passwd", bp::env["TZ"] = "UTC0",
                       bp::start_dir = "/etc")
            != 0)
            throw std::runtime_error("date failed");
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
