// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// For tests that would damage the state of their program: closed standard
// streams, lowered limits, other users, ignored signals.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace runnel::test {

/// Collects what went wrong in a private process.
class Complaints {
public:
    explicit Complaints(int fd) : fd_(fd) {}

    /// Asserts nothing: if `holds` is false, the test gets `what` as a
    /// complaint.
    void expect(bool holds, std::string_view what) const
    {
        if (!holds)
            complain(what);
    }

    void complain(std::string_view what) const;

    /// Complains unless the texts are equal.
    void expect_equal(std::string_view got, std::string_view wanted,
                      std::string_view what) const;

private:
    int fd_;
};

/// `EXPECT_IN(complaints, condition)`: the private form of `CHECK(condition)`.
#define EXPECT_IN(complaints, ...)                                             \
    (complaints).expect(bool(__VA_ARGS__), #__VA_ARGS__)

/// Runs `test` in a fork of this process, which then ends without running
/// anything else. Returns the complaints, one per line, also about exceptions
/// and death by a signal. Empty if all is well.
std::string
in_private_process(std::function<void(Complaints const&)> const& test);

} // namespace runnel::test
