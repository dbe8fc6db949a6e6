// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The streams of one child that no job connects: what they lead to, and the ends
// that this process keeps.
#pragma once

#include "child/wiring.hpp"
#include "sys/fd.hpp"
#include "sys/spawn.hpp"

#include <runnel/popen.hpp>
#include <runnel/program.hpp>

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

namespace runnel::inline v0 {

namespace detail {
class PopenState;
} // namespace detail

class TextMode;

/// The first stream that leads to the terminal of the options; -1 if none does.
int terminal_of(PopenOptions const& options);

/// Throws `std::invalid_argument` if the terminal of the options has no stream, or
/// nobody reads it.
void check_terminal(PopenOptions const& options);

/// Changes the size of the pseudo-terminal that one of these descriptors of this
/// process controls. Returns false if none does. Throws `std::invalid_argument` for
/// a size that no terminal can have, `std::system_error` if the system refuses.
bool resize_terminal(std::initializer_list<int> fds, int rows, int columns);

class ChildStreams {
public:
    /// Says what the options name; opens nothing. `options` must outlive this
    /// object.
    explicit ChildStreams(PopenOptions const& options);
    ChildStreams(ChildStreams const&) = delete;
    ChildStreams& operator=(ChildStreams const&) = delete;

    /// Opens all of it. Before that, looks for descriptors that are closed: their
    /// numbers may soon be reused by a pipe of the library, and the child would
    /// get that pipe instead.
    std::optional<WiringFailure> open();

    /// Where the descriptors of the child come from, once `open` was called.
    std::span<sys::FdMove const> moves() const noexcept { return moves_; }

    /// The child has its own copies.
    void release() noexcept { wiring_.reset(); }

    /// Opens the streams of `child` over the ends that this process keeps.
    void give_to(detail::PopenState& child,
                 std::optional<TextMode> const& text);

private:
    void add_terminal();
    void connect(Stdio const& wanted, int target);
    void connect_to(std::size_t endpoint, int target);
    std::optional<std::size_t> known(Stdio const& wanted) const;
    Endpoint endpoint_of(Stdio const& wanted, int target) const;

    PopenOptions const& options_;
    std::vector<Endpoint> endpoints_; ///< what the options name
    std::vector<Connection> connections_;
    std::optional<Wiring> wiring_; ///< until the child has its own copies
    std::vector<sys::FdMove> moves_;
    std::array<sys::Fd, 3> ours_; ///< pipe ends that this process keeps
};

} // namespace runnel::inline v0
