// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/leaks.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace runnel::test {

namespace {

std::string describe_fd(int fd)
{
    std::error_code error;
    auto const target = std::filesystem::read_symlink(
        "/proc/self/fd/" + std::to_string(fd), error);
    int const flags = ::fcntl(fd, F_GETFL);
    if (error || flags < 0)
        return {};
    char text[64];
    std::snprintf(text, sizeof text, " flags %o%s", flags,
                  (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 ? " cloexec" : "");
    return target.native() + text;
}

std::map<int, std::string> open_fds()
{
    std::map<int, std::string> fds;
    for (auto const& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        int const fd = std::stoi(entry.path().filename().native());
        // Skips the descriptor of the directory that is being read.
        if (auto const what = describe_fd(fd);
            !what.empty() && what.find("/fd flags") == what.npos)
            fds[fd] = what;
    }
    return fds;
}

std::set<std::string> children()
{
    std::set<std::string> pids;
    std::error_code error;
    for (auto const& task :
         std::filesystem::directory_iterator("/proc/self/task", error)) {
        std::ifstream list(task.path() / "children");
        pids.insert(std::istream_iterator<std::string>(list), {});
    }
    return pids;
}

std::string in_words(::sigset_t const& set)
{
    std::string words;
    for (int signal = 1; signal <= 64; ++signal)
        if (::sigismember(&set, signal) == 1)
            words += ' ' + std::to_string(signal);
    return words;
}

std::string dispositions()
{
    std::string words;
    for (int signal = 1; signal <= 64; ++signal) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) != 0)
            continue;
        auto const handler = reinterpret_cast<std::uintptr_t>(
            (action.sa_flags & SA_SIGINFO) != 0
                ? reinterpret_cast<void*>(action.sa_sigaction)
                : reinterpret_cast<void*>(action.sa_handler));
        if (handler != 0)
            words +=
                ' ' + std::to_string(signal) + '=' + std::to_string(handler);
    }
    return words;
}

mode_t current_umask()
{
    mode_t const mask = ::umask(0);
    ::umask(mask);
    return mask;
}

} // namespace

ProcessState ProcessState::now()
{
    ProcessState state;
    state.fds_ = open_fds();
    state.children_ = children();
    ::sigset_t set;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &set);
    state.others_["blocked signals"] = in_words(set);
    ::sigpending(&set);
    state.others_["pending signals"] = in_words(set);
    state.others_["signal actions"] = dispositions();
    state.others_["umask"] = std::to_string(current_umask());
    std::error_code error;
    state.others_["directory"] = std::filesystem::current_path(error).native();
    return state;
}

std::string ProcessState::changed_to(ProcessState const& later) const
{
    std::string words;
    for (auto const& [fd, what] : later.fds_)
        if (auto const old = fds_.find(fd); old == fds_.end())
            words += "new fd " + std::to_string(fd) + ": " + what + '\n';
        else if (old->second != what)
            words += "fd " + std::to_string(fd) + " was " + old->second
                   + ", is " + what + '\n';
    for (auto const& [fd, what] : fds_)
        if (!later.fds_.contains(fd))
            words += "fd " + std::to_string(fd) + " is gone: " + what + '\n';
    for (auto const& pid : later.children_)
        if (!children_.contains(pid))
            words += "child " + pid + " is left\n";
    for (auto const& [name, value] : others_)
        if (later.others_.at(name) != value)
            words +=
                name + " was" + value + ", is" + later.others_.at(name) + '\n';
    return words;
}

} // namespace runnel::test
