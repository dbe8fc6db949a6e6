// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the programs of this folder run: 200 children at once. Most write two lines;
// every 50th fails, and one writes nothing and does not end.
#pragma once

#include <runnel/runnel.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

inline constexpr int children = 200;

/// The n-th child.
inline runnel::Command child(int n)
{
    using runnel::cmd, runnel::sh;
    if (n == 7)
        return cmd("sleep", 1000);
    return sh("echo begin $0; echo end; [ $(($0 % 50)) != 0 ]", n);
}

/// The limit of the child that does not end is short, that of the others long: a busy
/// machine makes none of them late.
inline runnel::LineOptions limits_of(int n)
{
    runnel::LineOptions options;
    options.timeout =
        n == 7 ? std::chrono::seconds(1) : std::chrono::seconds(60);
    return options;
}

/// What has become of them.
struct Totals {
    int lines = 0;
    int good = 0;
    int failed = 0;
    int late = 0;

    /// Counts an error that ended the lines of the n-th child, and reports it.
    void note(int n, runnel::SubprocessError const& error)
    {
        bool const is_late =
            dynamic_cast<runnel::TimeoutExpired const*>(&error) != nullptr;
        ++(is_late ? late : failed);
        std::printf("child %d: %s\n", n, error.what());
    }

    /// The exit code of the program.
    int print() const
    {
        std::printf("%d lines, %d good, %d failed, %d late\n", lines, good,
                    failed, late);
        return good + failed + late == children ? 0 : 1;
    }
};
