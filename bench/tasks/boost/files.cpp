// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a program with stdin from a file and stdout to a file.
//
// Boost.Process v2: process_stdio takes paths.
#include <boost/asio/io_context.hpp>
#include <boost/process/v2.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace v2 = boost::process::v2;

int main()
{
    using v2::filesystem::path;
    try {
        boost::asio::io_context context;
        std::remove("sorted"); // 1.81 does not empty a file that exists
        v2::process child(
            context, v2::environment::find_executable("sort"), {},
            v2::process_stdio{path("/etc/passwd"), path("sorted"), {}});
        if (child.wait() != 0)
            throw std::runtime_error("sort failed");
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
