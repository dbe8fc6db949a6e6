// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Children that were let go.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include "child/abandoned.hpp"

#include <catch2/catch.hpp>

#include <atomic>

using namespace runnel;
using namespace runnel::test;

namespace {

struct Ends : Observer {
    void exited(Exited const&) noexcept override { ++count; }
    std::atomic<int> count{0};
};

} // namespace

TEST_CASE("every detached child is reaped, a few at a time",
          "[child][detach][found:B13][found:A11]")
{
    NoLeaks const no_leaks;
    Ends ends;
    constexpr int many = 40;
    auto gate = make_pipe(); // they live until its write end is closed
    for (int i = 0; i < many; ++i)
        Popen({child("copy")}, {.in = gate.read_end.get(), .observer = &ends})
            .detach();
    reap_abandoned();
    CHECK(ends.count == 0);
    gate.write_end.close();
    // No call looks at all of them; together they come round to each.
    while (ends.count < many) {
        int const before = ends.count;
        reap_abandoned();
        CHECK(ends.count - before <= 8);
    }
    CHECK(ends.count == many);
}
