// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where descriptors lead at one point of a tree that is being lowered.
#pragma once

#include <runnel/program.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// What the descriptors of a part lead to, by number.
class Scope {
public:
    std::size_t find(int number) const
    {
        auto const at =
            std::ranges::find(connections_, number, &Connection::number);
        return at == connections_.end() ? no_index : at->endpoint;
    }

    void set(int number, std::size_t endpoint)
    {
        auto const at =
            std::ranges::find(connections_, number, &Connection::number);
        if (at == connections_.end())
            connections_.push_back({number, endpoint});
        else
            at->endpoint = endpoint;
    }

    std::vector<Connection> const& connections() const noexcept
    {
        return connections_;
    }

    std::vector<Connection> take() noexcept { return std::move(connections_); }

private:
    std::vector<Connection> connections_;
};

// --- taps ------------------------------------------------------------------------

// A tap is a placeholder for the stdout or stderr of this process: each command
// that would write there gets a pipe of its own instead. Taps look like
// endpoints while the tree is walked. A finished program has none.
constexpr std::size_t tap_endpoint(int fd)
{
    return no_index - 1 - static_cast<std::size_t>(fd);
}

inline int tap_of(std::size_t endpoint)
{
    for (int const fd : {1, 2})
        if (endpoint == tap_endpoint(fd))
            return fd;
    return 0;
}

} // namespace runnel::inline v0
