// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The processes of the machine, as /proc shows them. Nothing here allocates.
#pragma once

#include "sys/linux/calls.hpp"
#include "sys/linux/directory_entry.hpp"

#include <cstddef>
#include <string_view>

#include <fcntl.h>

namespace runnel::inline v0::posix {

/// Opens a file for the time of a scope.
class OpenFile {
public:
    OpenFile(char const* path, int flags) noexcept
        : fd_(uninterrupted(
            [&] { return calls().open(path, flags | O_CLOEXEC, 0); }))
    {
    }
    OpenFile(OpenFile const&) = delete;
    OpenFile& operator=(OpenFile const&) = delete;
    ~OpenFile()
    {
        if (fd_ >= 0)
            calls().close(fd_);
    }

    /// Or a negative error number.
    int fd() const noexcept { return fd_; }

    long read(char* into, std::size_t room) const noexcept
    {
        return fd_ < 0
                 ? fd_
                 : uninterrupted([&] { return calls().read(fd_, into, room); });
    }

    long write(std::string_view text) const noexcept
    {
        return fd_ < 0 ? fd_ : uninterrupted([&] {
            return calls().write(fd_, text.data(), text.size());
        });
    }

private:
    int fd_;
};

struct ProcessFacts {
    char state = 0; ///< 0: there is no such process
    int parent = 0;
    int group = 0;
    int session = 0;
    /// When the process was made, in ticks since the machine was started. With the
    /// pid, it names one process for ever.
    unsigned long long made_at = 0;

    bool runs() const noexcept
    {
        return state != 0 && state != 'Z' && state != 'X';
    }
};

ProcessFacts facts_of(int pid) noexcept;

/// Calls `f` with each entry of a directory of /proc that is a number until `f` returns
/// false. Returns false if the directory cannot be read.
bool for_each_number(OpenFile const& directory, auto f)
{
    alignas(DirectoryEntry) char buffer[4096];
    for (;;) {
        long const filled =
            directory.fd() < 0
                ? directory.fd()
                : calls().getdents(directory.fd(), buffer, sizeof buffer);
        if (filled <= 0)
            return filled == 0;
        for (long at = 0; at < filled;) {
            auto const* entry =
                reinterpret_cast<DirectoryEntry const*>(buffer + at);
            int const number = to_number(entry->name);
            if (number >= 0 && !f(number))
                return true;
            at += entry->length;
        }
    }
}

/// Calls `f` with the pid of each process until `f` returns false. Returns false
/// if /proc cannot be read.
bool for_each_process(auto f)
{
    OpenFile const directory("/proc", O_RDONLY | O_DIRECTORY);
    return for_each_number(directory, f);
}

} // namespace runnel::inline v0::posix
