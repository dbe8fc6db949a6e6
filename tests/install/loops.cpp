// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The adapters, in one program.
#ifdef HAS_asio
#include <runnel/asio.hpp>

#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#endif
#ifdef HAS_fmt
#include <runnel/fmt.hpp>
#endif
#include <runnel/format.hpp>
#include <runnel/poll_loop.hpp>

using namespace runnel;

Task<int> hello(LoopRef loop)
{
    auto const done = co_await async_run(loop, cmd("echo", "hello") | capture);
    co_return done.out == "hello\n" ? 0 : 1;
}

int main()
{
    PollLoop loop;
    int result = loop.run(hello(loop));
#ifdef HAS_asio
    asio::io_context io;
    auto done = async_run(io, cmd("echo", "hello") | capture, asio::use_future);
    io.run();
    result += done.get().out == "hello\n" ? 0 : 1;
#endif
#ifdef HAS_fmt
    result +=
        fmt::format("{}", ExitStatus::of_code(2)) == "exit code 2" ? 0 : 1;
#endif
    return result;
}
