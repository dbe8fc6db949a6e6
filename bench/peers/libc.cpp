// What the C library offers.
#include "../contenders.hpp"
#include "../worker.hpp"

#include <spawn.h>

namespace bench::libc {

namespace {

void wait_for(::pid_t pid)
{
    int status = 0;
    require(::waitpid(pid, &status, 0) == pid, "waitpid");
    if (status != 0)
        throw std::runtime_error("it failed");
}

int start(::pid_t& pid, std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    return ::posix_spawn(&pid, path.c_str(), nullptr, nullptr, args, environ);
}

std::string quoted(std::string const& path)
{
    return '\'' + path + '\'';
}

} // namespace

void spawn(std::string const& path)
{
    ::pid_t pid = -1;
    if (start(pid, path) != 0)
        throw std::runtime_error("posix_spawn");
    wait_for(pid);
}

void miss(std::string const& path)
{
    ::pid_t pid = -1;
    if (start(pid, path) != ENOENT)
        throw std::runtime_error("it was found");
}

void by_vfork(std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    ::pid_t const pid = ::vfork();
    if (pid == 0) {
        ::execve(args[0], args, environ);
        ::_exit(127);
    }
    require(pid > 0, "vfork");
    wait_for(pid);
}

void by_fork(std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    ::pid_t const pid = ::fork();
    if (pid == 0) {
        ::execve(args[0], args, environ);
        ::_exit(127);
    }
    require(pid > 0, "fork");
    wait_for(pid);
}

void by_system(std::string const& path)
{
    if (std::system(quoted(path).c_str()) != 0)
        throw std::runtime_error("it failed");
}

void by_popen(std::string const& path)
{
    std::FILE* const stream = ::popen(quoted(path).c_str(), "r");
    require(stream != nullptr, "popen");
    if (::pclose(stream) != 0)
        throw std::runtime_error("it failed");
}

} // namespace bench::libc
