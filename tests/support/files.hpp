// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Files and descriptors that clean up after a test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace runnel::test {

/// A new directory, removed with all that is in it. Any user may enter it.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory();

    std::filesystem::path const& path() const { return path_; }
    std::string str() const { return path_.native(); }

    /// The full name of `name` in it.
    std::string operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

/// Makes or replaces a file.
void write_file(std::string const& path, std::string_view content,
                unsigned mode = 0644);

/// The content of a file.
std::string read_file(std::string const& path);

/// Makes a copy of the test child `name` that any user may execute.
void copy_child(std::string_view name, std::string const& to);

/// Owns a descriptor of the test, close-on-exec unless the test changes that.
class OwnFd {
public:
    explicit OwnFd(int fd = -1) : fd_(fd) {}
    OwnFd(OwnFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OwnFd& operator=(OwnFd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~OwnFd() { close(); }

    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    void close();

private:
    int fd_;
};

struct OwnPipe {
    OwnFd read_end;
    OwnFd write_end;
};

/// A pipe, close-on-exec.
OwnPipe make_pipe();

/// A copy of `fd`, at `number` or above it, close-on-exec unless `inheritable`.
OwnFd copy_fd(int fd, int number, bool inheritable = false);

/// Opens a file as `open` does, close-on-exec.
OwnFd open_fd(std::string const& path, int flags);

/// A number without an open descriptor.
int closed_fd();

/// Everything that can be read from `fd` until end of file.
std::string read_all(int fd);

/// "device:inode r", as identify_fds prints it.
std::string identity_of(int fd);

/// Changes an environment variable of this process, and restores it.
class ScopedVariable {
public:
    /// Null: removes the variable.
    ScopedVariable(std::string name, char const* value);
    ScopedVariable(ScopedVariable const&) = delete;
    ScopedVariable& operator=(ScopedVariable const&) = delete;
    ~ScopedVariable();

private:
    void put(char const* value);

    std::string name_;
    std::string old_;
    bool was_set_;
};

} // namespace runnel::test
