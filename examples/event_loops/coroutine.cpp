// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// 200 children at once with coroutines, without a framework.
#include "children.hpp"

#include <runnel/poll_loop.hpp>

#include <vector>

using namespace runnel;

Task<> watch(LoopRef loop, int n, Totals& totals)
{
    try {
        auto log = async_lines(loop, child(n), limits_of(n));
        while (auto const line = co_await log.next())
            ++totals.lines;
        ++totals.good;
    } catch (SubprocessError const& error) {
        totals.note(n, error);
    }
}

int main()
{
    PollLoop loop;
    Totals totals;
    std::vector<Task<>> tasks;
    for (int n = 1; n <= children; ++n)
        tasks.push_back(watch(loop, n, totals));
    for (auto& task : tasks)
        task.start(loop);
    loop.run();
    for (auto& task : tasks)
        task.result(); // throws what is no SubprocessError
    return totals.print();
}
