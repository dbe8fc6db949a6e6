// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs 20 commands, at most 4 at once, and counts the failures. A command that
// cannot be started is a failure.
//
// Boost.Process v2: async_execute, whose handler starts the next command.
#include <boost/asio/io_context.hpp>
#include <boost/process/v2.hpp>

#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <utility>

namespace v2 = boost::process::v2;

int main()
{
    boost::asio::io_context context;
    int next = 1;
    int failures = 0;
    std::function<void()> start_next;
    auto const ended = [&](boost::system::error_code error, int code) {
        if (error || code != 0)
            ++failures;
        start_next();
    };
    start_next = [&] {
        if (next > 20)
            return;
        auto const number = std::to_string(next++);
        try {
            v2::process child(context, v2::environment::find_executable("test"),
                              {number, "-le", "16"});
            v2::async_execute(std::move(child), ended);
        } catch (std::exception const&) {
            ++failures;
            start_next();
        }
    };
    for (int i = 0; i < 4; ++i)
        start_next();
    context.run();
    std::cout << failures << " of 20 failed\n";
}
