// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/call_watch.hpp"

#include "sys/linux/calls.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace runnel::test {

namespace {

namespace fs = std::filesystem;

posix::Calls table;
std::mutex mutex;
std::vector<std::string> found;
std::map<std::string, bool> held_by_others; ///< pipes that were looked up
int count;

/// Descriptors that the last poll of this thread found ready, without those
/// read since.
thread_local std::set<int> ready;

std::string name_of(int fd)
{
    std::error_code ignored;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
}

bool is_nonblocking(int fd)
{
    int const flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

bool never_waits(int fd)
{
    struct ::stat info {};
    if (::fstat(fd, &info) != 0)
        return true; // the call fails
    if (S_ISCHR(info.st_mode))
        return major(info.st_rdev) == 1 && minor(info.st_rdev) <= 7;
    return S_ISREG(info.st_mode) || S_ISBLK(info.st_mode);
}

bool reads(fs::path const& info)
{
    std::ifstream file(info);
    std::string word;
    while (file >> word)
        if (word == "flags:" && file >> word)
            return (std::stoul(word, nullptr, 8) & O_ACCMODE) != O_WRONLY;
    return false;
}

bool reads_pipe(fs::path const& process, std::string const& pipe)
{
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(process / "fd", error))
        if (fs::read_symlink(entry.path(), error) == pipe
            && reads(process / "fdinfo" / entry.path().filename()))
            return true;
    return false;
}

bool look_for_readers(std::string const& pipe)
{
    auto const self = std::to_string(::getpid());
    std::error_code error;
    for (auto const& entry : fs::directory_iterator("/proc", error)) {
        auto const pid = entry.path().filename().string();
        if (pid.find_first_not_of("0123456789") == pid.npos && pid != self
            && reads_pipe(entry.path(), pipe))
            return true;
    }
    return false;
}

bool is_held_by_others(int fd)
{
    auto const pipe = name_of(fd);
    auto const known = held_by_others.find(pipe);
    if (known != held_by_others.end())
        return known->second;
    return held_by_others[pipe] = look_for_readers(pipe);
}

void judge_read(int fd)
{
    std::lock_guard const lock(mutex);
    ++count;
    bool const was_ready = ready.erase(fd) > 0;
    if (!is_nonblocking(fd) && !never_waits(fd)
        && (!was_ready || is_held_by_others(fd)))
        found.push_back("read of " + name_of(fd));
}

void judge_write(char const* what, int fd)
{
    std::lock_guard const lock(mutex);
    ++count;
    if (!is_nonblocking(fd) && !never_waits(fd))
        found.push_back(std::string(what) + " to " + name_of(fd));
}

long watched_read(int fd, void* into, std::size_t room)
{
    judge_read(fd);
    return posix::native_calls().read(fd, into, room);
}

long watched_write(int fd, void const* from, std::size_t size)
{
    judge_write("write", fd);
    return posix::native_calls().write(fd, from, size);
}

/// A splice between pipes does not wait, with any flags.
long watched_splice(int from, int to, std::size_t most)
{
    if (!name_of(to).starts_with("pipe:"))
        judge_write("splice", to);
    return posix::native_calls().splice(from, to, most);
}

int watched_ppoll(::pollfd* items, unsigned size, ::timespec const* limit)
{
    int const result = posix::native_calls().ppoll(items, size, limit);
    std::lock_guard const lock(mutex);
    ++count;
    ready.clear();
    for (unsigned i = 0; result > 0 && i < size; ++i)
        if (items[i].revents != 0)
            ready.insert(items[i].fd);
    return result;
}

} // namespace

CallWatch::CallWatch()
{
    found.clear();
    held_by_others.clear();
    count = 0;
    table = posix::native_calls();
    table.read = watched_read;
    table.write = watched_write;
    table.splice = watched_splice;
    table.ppoll = watched_ppoll;
    posix::replace_calls(&table);
}

CallWatch::~CallWatch()
{
    posix::replace_calls(nullptr);
}

std::vector<std::string> CallWatch::violations() const
{
    std::lock_guard const lock(mutex);
    return found;
}

int CallWatch::seen() const
{
    std::lock_guard const lock(mutex);
    return count;
}

} // namespace runnel::test
