// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Feeds a string to a program and reads what comes back.
//
// Boost.Process v2: popen makes the pipes. The write and the read are
// asynchronous, so that neither pipe stays full.
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/process/v2.hpp>

#include <csignal>
#include <cstddef>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace v2 = boost::process::v2;

int main()
{
    std::signal(SIGPIPE, SIG_IGN); // the program may end before it has read all
    std::string const words = "pear\napple\nfig\n";
    try {
        asio::io_context context;
        v2::popen child(context, v2::environment::find_executable("sort"), {});
        auto& in = child.get_stdin();
        std::string out;
        asio::async_write(
            in, asio::buffer(words),
            [&](boost::system::error_code, std::size_t) { in.close(); });
        asio::async_read(child.get_stdout(), asio::dynamic_buffer(out),
                         asio::detached);
        context.run();
        if (child.wait() != 0)
            throw std::runtime_error("sort failed");
        std::cout << out;
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
