// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A tool that a test shall cover without git: it tags a release and publishes it.
#pragma once

#include <runnel/runnel.hpp>

#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>

inline bool is_no_merge(std::string_view subject)
{
    return !subject.starts_with("Merge ");
}

/// Returns the notes of the release.
inline std::string make_release(std::string const& version)
{
    using namespace runnel;
    using namespace std::chrono_literals;
    if (!read(cmd("git", "status", "--porcelain")).empty())
        throw std::runtime_error("there are changes that are not committed");
    auto const last = read(cmd("git", "describe", "--abbrev=0"));
    std::string notes = version + '\n';
    for (std::string_view subject :
         cmd("git", "log", "--format=%s", last + "..HEAD") | lines
             | std::views::filter(is_no_merge))
        notes += "- " + std::string(subject) + '\n';
    check(cmd("git", "tag", "--file=-", version), {.input = notes});
    auto const pushed = retry(cmd("git", "push", "--quiet", "origin", version),
                              3, {}, {.timeout = 30s});
    if (!pushed)
        check(cmd("git", "tag", "--delete", version) > devnull);
    pushed.check_returncode();
    return notes;
}
