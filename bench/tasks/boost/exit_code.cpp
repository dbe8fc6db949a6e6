// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs a program with arguments and prints its exit code.
//
// Boost.Process v2: as short as v1.
#include <boost/asio/io_context.hpp>
#include <boost/process/v2.hpp>

#include <exception>
#include <iostream>

namespace v2 = boost::process::v2;

int main()
{
    try {
        boost::asio::io_context context;
        v2::process child(context, v2::environment::find_executable("cmp"),
                          {"-s", "/etc/passwd", "/etc/group"});
        std::cout << child.wait() << '\n';
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
