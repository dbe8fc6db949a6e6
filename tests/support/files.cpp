// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/files.hpp"

#include "support/children.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace runnel::test {

namespace {

int or_throw(int result, char const* what)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

} // namespace

TemporaryDirectory::TemporaryDirectory()
{
    auto pattern =
        (std::filesystem::temp_directory_path() / "runnel-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr)
        or_throw(-1, "mkdtemp");
    path_ = std::filesystem::canonical(pattern);
    std::filesystem::permissions(path_, std::filesystem::perms(0755));
}

TemporaryDirectory::~TemporaryDirectory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_file(std::string const& path, std::string_view content,
                unsigned mode)
{
    {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file << content;
    }
    std::filesystem::permissions(path, std::filesystem::perms(mode));
}

std::string read_file(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void copy_child(std::string_view name, std::string const& to)
{
    std::filesystem::copy_file(child(name), to);
    std::filesystem::permissions(to, std::filesystem::perms(0755));
}

void OwnFd::close()
{
    if (int const fd = std::exchange(fd_, -1); fd >= 0)
        ::close(fd);
}

OwnPipe make_pipe()
{
    std::array<int, 2> fds{};
    or_throw(::pipe2(fds.data(), O_CLOEXEC), "pipe2");
    return {OwnFd(fds[0]), OwnFd(fds[1])};
}

OwnFd copy_fd(int fd, int number, bool inheritable)
{
    return OwnFd(or_throw(
        ::fcntl(fd, inheritable ? F_DUPFD : F_DUPFD_CLOEXEC, number), "dup"));
}

OwnFd open_fd(std::string const& path, int flags)
{
    return OwnFd(
        or_throw(::open(path.c_str(), flags | O_CLOEXEC, 0666), path.c_str()));
}

int closed_fd()
{
    return copy_fd(0, 50).get(); // closed again on the way out
}

std::string read_all(int fd)
{
    std::string all;
    std::array<char, 4096> piece;
    ssize_t count;
    while ((count = ::read(fd, piece.data(), piece.size())) > 0)
        all.append(piece.data(), static_cast<std::size_t>(count));
    return all;
}

std::string identity_of(int fd)
{
    struct stat file {};
    or_throw(::fstat(fd, &file), "fstat");
    int const mode = or_throw(::fcntl(fd, F_GETFL), "fcntl") & O_ACCMODE;
    return std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino)
         + (mode == O_RDONLY   ? " r"
            : mode == O_WRONLY ? " w"
                               : " rw");
}

ScopedVariable::ScopedVariable(std::string name, char const* value)
    : name_(std::move(name))
{
    char const* const old = ::getenv(name_.c_str());
    was_set_ = old != nullptr;
    old_ = was_set_ ? old : "";
    put(value);
}

ScopedVariable::~ScopedVariable()
{
    put(was_set_ ? old_.c_str() : nullptr);
}

void ScopedVariable::put(char const* value)
{
    if (value != nullptr)
        ::setenv(name_.c_str(), value, 1);
    else
        ::unsetenv(name_.c_str());
}

} // namespace runnel::test
