// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Stdout and stderr of a private process, read through pipes.
#pragma once

#include "support/files.hpp"
#include "support/private_process.hpp"

#include <fcntl.h>
#include <functional>
#include <string>
#include <unistd.h>

namespace runnel::test {

/// Pipes in the place of stdout and stderr of a private process.
class Screen {
public:
    Screen()
    {
        for (int const fd : {1, 2}) {
            auto& pipe = pipe_of(fd);
            pipe = make_pipe();
            ::dup2(pipe.write_end.get(), fd);
            pipe.write_end.close();
        }
    }

    int reader(int fd) { return pipe_of(fd).read_end.get(); }
    void leave(int fd) { pipe_of(fd).read_end.close(); }

    /// Waits for the next `count` bytes.
    std::string next(int fd, std::size_t count)
    {
        std::string bytes(count, '\0');
        for (std::size_t done = 0; done < count;) {
            auto const got = ::read(reader(fd), &bytes[done], count - done);
            if (got <= 0)
                return bytes.substr(0, done) + " and the end";
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    }

    /// All that was shown and not read yet. Closes our own end.
    std::string rest(int fd)
    {
        ::close(fd);
        return read_all(reader(fd));
    }

    /// Makes stdout take no more bytes. Returns how many it took.
    static std::size_t fill_up(int fd)
    {
        auto const again = open_fd("/proc/self/fd/" + std::to_string(fd),
                                   O_WRONLY | O_NONBLOCK);
        std::size_t count = 0;
        for (std::string const some(4096, '.');;) {
            auto const put = ::write(again.get(), some.data(), some.size());
            if (put <= 0)
                return count;
            count += static_cast<std::size_t>(put);
        }
    }

private:
    OwnPipe& pipe_of(int fd) { return fd == 1 ? out_ : err_; }

    OwnPipe out_;
    OwnPipe err_;
};

/// Runs `test` where stdout and stderr are pipes. Returns the complaints.
inline std::string
with_screen(std::function<void(Complaints const&, Screen&)> const& test)
{
    return in_private_process([&](Complaints const& complaints) {
        Screen screen;
        test(complaints, screen);
    });
}

} // namespace runnel::test
