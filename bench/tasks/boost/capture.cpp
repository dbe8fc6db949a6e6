// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures the stdout of a program as a string.
//
// Boost.Process v2: popen makes the pipes, Asio reads them.
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/process/v2.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace v2 = boost::process::v2;

int main()
{
    try {
        asio::io_context context;
        v2::popen child(context, v2::environment::find_executable("ls"), {"/"});
        std::string out;
        boost::system::error_code end;
        asio::read(child, asio::dynamic_buffer(out), end);
        if (end != asio::error::eof || child.wait() != 0)
            throw std::runtime_error("ls failed");
        std::cout << out;
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
