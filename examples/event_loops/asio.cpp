// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// 200 children at once with Asio: a coroutine for each.
#include "children.hpp"

#include <runnel/asio.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

using namespace runnel;

asio::awaitable<void> watch(asio::io_context& io, int n, Totals& totals)
{
    try {
        auto log = async_lines(io, child(n), limits_of(n));
        while (auto const line = co_await log.async_next(asio::use_awaitable))
            ++totals.lines;
        ++totals.good;
    } catch (SubprocessError const& error) {
        totals.note(n, error);
    }
}

int main()
{
    asio::io_context io;
    Totals totals;
    for (int n = 1; n <= children; ++n)
        asio::co_spawn(io, watch(io, n, totals), asio::detached);
    io.run();
    return totals.print();
}
