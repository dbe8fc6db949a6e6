// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures stdout and stderr apart. The program writes more than fits into a
// pipe to both of them.
//
// Boost.Process v2: two asynchronous reads, so that neither pipe stays full.
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process/v2.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace v2 = boost::process::v2;

int main()
{
    auto const script = "BEGIN { while (++n < 100000) { print n;"
                        " print -n > \"/dev/stderr\" } exit 3 }";
    try {
        asio::io_context context;
        asio::readable_pipe out_pipe(context);
        asio::readable_pipe err_pipe(context);
        v2::process child(context, v2::environment::find_executable("awk"),
                          {script}, v2::process_stdio{{}, out_pipe, err_pipe});
        std::string out;
        std::string err;
        asio::async_read(out_pipe, asio::dynamic_buffer(out), asio::detached);
        asio::async_read(err_pipe, asio::dynamic_buffer(err), asio::detached);
        context.run();
        std::cout << out.size() << ' ' << err.size() << ' ' << child.wait()
                  << '\n';
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
