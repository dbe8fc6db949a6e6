// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a child process waits for, as text for people. Nothing here waits.
#pragma once

#include "sys/activity.hpp"

#include <string>
#include <vector>

namespace runnel::inline v0 {

namespace detail {
class PopenState;
} // namespace detail

/// Names the processes that hold the other end of a pipe.
class PipeHolders {
public:
    virtual ~PipeHolders() = default;

    /// `fd`: the descriptor of the child that leads to the pipe. By default "this
    /// program", or the pid and the name of the program.
    virtual std::string name(int pid, int fd) const;
};

/// "waits for input on stdin from stage 1", "sleeps", and the like.
std::string text_of_activity(int pid, PipeHolders const& whose);

/// The names of `pids` as one text, each once.
std::string names_of(std::vector<int> const& pids, int fd,
                     PipeHolders const& whose);

/// "pid 4711, " and how the child ended, or what it does. Once the end of the child is
/// known, asks the system nothing.
std::string text_of_child(detail::PopenState const& child,
                          PipeHolders const& whose);

/// "pid 4711 (sleep)"
std::string stranger(int pid);

} // namespace runnel::inline v0
