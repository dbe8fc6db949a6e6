// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The child that moves bytes and its pipes, for those that bring no way of their own
// to start one.
#pragma once

#include "byte_movers.hpp"
#include "raw.hpp"

#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace bench {

/// The read end and the write end of a pipe of 1 MiB, which any user may have.
inline std::pair<int, int> large_pipe()
{
    int ends[2] = {-1, -1};
    require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    require(::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) >= 0, "F_SETPIPE_SZ");
    return {ends[0], ends[1]};
}

/// Large pipes, or `from` for the output of the child. Closes them and waits for the child at
/// the latest when it goes.
class BytePipes {
public:
    enum Which { from_child, both };

    BytePipes(ByteChild const& child, Which which,
              std::pair<int, int> from = large_pipe())
    {
        auto const [read_end, child_out] = from;
        from_ = read_end;
        int child_in = -1;
        if (which == both)
            std::tie(child_in, to_) = large_pipe();
        auto words = child.words();
        std::vector<char*> args;
        for (auto& word : words)
            args.push_back(word.data());
        args.push_back(nullptr);
        pid_ = start_between(child_in, child_out, args.data());
        close_if_open(child_out);
        close_if_open(child_in);
    }
    BytePipes(BytePipes const&) = delete;
    BytePipes& operator=(BytePipes const&) = delete;

    ~BytePipes()
    {
        close_to();
        close_if_open(from_);
        if (pid_ > 0)
            ::waitpid(pid_, nullptr, 0);
    }

    int from() const { return from_; }

    /// -1 after `close_to`.
    int to() const { return to_; }
    void close_to() { close_if_open(std::exchange(to_, -1)); }

    void expect_success()
    {
        close_if_open(std::exchange(from_, -1));
        wait_for_success(std::exchange(pid_, -1));
    }

private:
    int from_ = -1;
    int to_ = -1;
    ::pid_t pid_ = -1;
};

/// No read end, and /dev/null to write to: in place of a pipe from a child whose output
/// nobody wants.
inline std::pair<int, int> nowhere()
{
    int const sink = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    require(sink >= 0, "/dev/null");
    return {-1, sink};
}

} // namespace bench
