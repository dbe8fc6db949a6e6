// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What no library can beat by much. Shares no code with runnel, on purpose.
#include "../byte_movers.hpp"
#include "../byte_pipe.hpp"
#include "../raw.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace bench::floor {

namespace {

constexpr std::size_t at_once = std::size_t{256} * 1024;

/// Memory that grows by doubling, and is never cleared.
class Memory {
public:
    Memory() = default;
    Memory(Memory const&) = delete;
    Memory& operator=(Memory const&) = delete;
    ~Memory() { std::free(data_); }

    /// Returns false at end of file, and if nothing is there now.
    bool read_from(int fd, bool& at_end)
    {
        if (capacity_ - size_ < at_once)
            grow();
        auto const count = ::read(fd, data_ + size_, at_once);
        require(count >= 0 || errno == EAGAIN, "read");
        at_end = count == 0;
        size_ += count > 0 ? static_cast<std::size_t>(count) : 0;
        return count > 0;
    }

    std::size_t size() const { return size_; }

private:
    void grow()
    {
        capacity_ = std::max(2 * capacity_, 4 * at_once);
        auto* const grown = static_cast<char*>(std::realloc(data_, capacity_));
        if (grown == nullptr)
            throw std::bad_alloc();
        data_ = grown;
    }

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

void stop_blocking(int fd)
{
    require(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
}

/// Writes some of `rest`; closes the pipe after the last byte.
void write_some(BytePipes& pipes, std::string_view& rest)
{
    auto const count = ::write(pipes.to(), rest.data(), rest.size());
    require(count >= 0 || errno == EAGAIN, "write");
    rest.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (rest.empty())
        pipes.close_to();
}

/// The end that reads comes first.
std::pair<int, int> ends_of(Channel channel)
{
    if (channel == Channel::large_pipe)
        return large_pipe();
    int ends[2] = {-1, -1};
    if (channel == Channel::pipe) {
        require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        return {ends[0], ends[1]};
    }
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
            "socketpair");
    int const size = 1 << 20;
    if (channel == Channel::large_sockets)
        require(::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size)
                    == 0,
                "SO_SNDBUF");
    return {ends[0], ends[1]};
}

} // namespace

std::size_t bytes_through(ByteChild const& child, Channel channel)
{
    BytePipes pipes(child, BytePipes::from_child, ends_of(channel));
    std::vector<char> buffer(at_once);
    std::size_t size = 0;
    for (;;) {
        auto const count = ::read(pipes.from(), buffer.data(), buffer.size());
        require(count >= 0, "read");
        if (count == 0)
            break;
        size += static_cast<std::size_t>(count);
    }
    pipes.expect_success();
    return size;
}

std::size_t bytes_in_memory(ByteChild const& child)
{
    BytePipes pipes(child, BytePipes::from_child);
    Memory memory;
    for (bool at_end = false; memory.read_from(pipes.from(), at_end);) {}
    pipes.expect_success();
    return memory.size();
}

std::size_t there_and_back(ByteChild const& child, std::string_view input)
{
    BytePipes pipes(child, BytePipes::both);
    stop_blocking(pipes.to());
    stop_blocking(pipes.from());
    Memory memory;
    for (bool at_end = false; !at_end;) {
        ::pollfd ends[2] = {{pipes.from(), POLLIN, 0},
                            {pipes.to(), POLLOUT, 0}};
        require(::poll(ends, 2, -1) > 0, "poll");
        if (ends[1].revents != 0 && !input.empty())
            write_some(pipes, input);
        if (ends[0].revents != 0)
            memory.read_from(pipes.from(), at_end);
    }
    pipes.expect_success();
    return memory.size();
}

namespace {

/// Moves the bytes of a child with `move_some(from, to, file)`, until that returns
/// false.
template <class Move>
std::size_t tee_with(ByteChild const& child, std::string const& copy,
                     Move move_some)
{
    int const file =
        ::open(copy.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0, "open");
    BytePipes sink(child.reader(), BytePipes::both, nowhere());
    BytePipes pipes(child, BytePipes::from_child);
    while (move_some(pipes.from(), sink.to(), file)) {}
    pipes.expect_success();
    sink.close_to();
    sink.expect_success();
    auto const size = ::lseek(file, 0, SEEK_END);
    ::close(file);
    return static_cast<std::size_t>(size);
}

void write_whole(int to, char const* bytes, std::size_t size)
{
    while (size > 0) {
        auto const count = ::write(to, bytes, size);
        require(count > 0, "write");
        bytes += count;
        size -= static_cast<std::size_t>(count);
    }
}

} // namespace

std::size_t teed_in_kernel(ByteChild const& child, std::string const& copy)
{
    return tee_with(child, copy, [](int from, int to, int file) {
        auto left = ::tee(from, to, std::size_t{1} << 20, 0);
        require(left >= 0, "tee");
        bool const any = left > 0;
        while (left > 0) {
            auto const moved = ::splice(from, nullptr, file, nullptr,
                                        static_cast<std::size_t>(left), 0);
            require(moved > 0, "splice");
            left -= moved;
        }
        return any;
    });
}

std::size_t teed_by_hand(ByteChild const& child, std::string const& copy)
{
    std::vector<char> buffer(at_once);
    return tee_with(child, copy, [&](int from, int to, int file) {
        auto const count = ::read(from, buffer.data(), buffer.size());
        require(count >= 0, "read");
        write_whole(to, buffer.data(), static_cast<std::size_t>(count));
        write_whole(file, buffer.data(), static_cast<std::size_t>(count));
        return count > 0;
    });
}

} // namespace bench::floor
