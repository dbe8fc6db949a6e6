// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The child that writes lines and the pipe they come through, for readers that
// bring no way of their own to start one.
#pragma once

#include "line_readers.hpp"
#include "raw.hpp"

#include <utility>

namespace bench {

/// Closes the pipe and waits for the child at the latest when it goes.
class LinePipe {
public:
    explicit LinePipe(LineSource const& source)
    {
        int ends[2] = {-1, -1};
        require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        fd_ = ends[0];
        pid_ = start(source, ends[1]);
        ::close(ends[1]);
    }
    LinePipe(LinePipe const&) = delete;
    LinePipe& operator=(LinePipe const&) = delete;

    ~LinePipe()
    {
        close_if_open(fd_);
        if (pid_ > 0)
            ::waitpid(pid_, nullptr, 0);
    }

    int fd() const { return fd_; }

    /// For something that closes it when it is done.
    int take_fd() { return std::exchange(fd_, -1); }

    /// 1 MiB is what any user may have.
    void grow()
    {
        require(::fcntl(fd_, F_SETPIPE_SZ, 1 << 20) >= 0, "F_SETPIPE_SZ");
    }

    void expect_success()
    {
        close_if_open(take_fd());
        wait_for_success(std::exchange(pid_, -1));
    }

private:
    static ::pid_t start(LineSource const& source, int out)
    {
        auto words = source.arguments();
        words.insert(words.begin(), source.program());
        std::vector<char*> args;
        for (auto& word : words)
            args.push_back(word.data());
        args.push_back(nullptr);
        return start_between(-1, out, args.data());
    }

    int fd_ = -1;
    ::pid_t pid_ = -1;
};

} // namespace bench
