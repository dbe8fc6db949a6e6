// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Collects what a range of lines or chunks yields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runnel::test {

using Strings = std::vector<std::string>;

/// All lines of `range`.
template <class R>
Strings collect(R&& range)
{
    Strings all;
    for (auto&& line : range)
        all.emplace_back(std::string_view(line));
    return all;
}

/// Every byte of a range of chunks.
template <class R>
std::string joined_bytes(R&& range)
{
    std::string all;
    for (auto const& chunk : range)
        all += chunk.text();
    return all;
}

} // namespace runnel::test
