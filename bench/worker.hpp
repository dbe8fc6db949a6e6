// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Processes that do the measured work, each in a condition of its own: one
// with thousands of descriptors, one with a large memory, one as it comes. The
// benchmark drives them in turn, so that conditions compare within a round.
#pragma once

#include "measure.hpp"

#include <runnel/popen.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// What is special about the parent of the children that are measured.
struct Condition {
    unsigned descriptors = 0; ///< so many more open, inherited by default
    unsigned mebibytes = 0;   ///< so much touched memory, in small pages
};

/// Something to do again and again, in a process of ours.
struct Operation {
    std::string name;
    std::function<void()> once;
};

inline void require(bool good, char const* what)
{
    if (!good)
        throw std::system_error(errno, std::generic_category(), what);
}

inline void allow_descriptors(unsigned count)
{
    ::rlimit limit{};
    require(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, count);
    limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
    require(::setrlimit(RLIMIT_NOFILE, &limit) == 0,
            "cannot raise the limit of descriptors (ulimit -n)");
}

inline void open_descriptors(unsigned count)
{
    if (count == 0)
        return;
    allow_descriptors(count + 100);
    for (unsigned i = 0; i < count; ++i)
        require(::open("/dev/null", O_RDONLY) >= 0, "open");
}

// Huge pages would hide what copying the tables of small ones costs; which of
// them a program gets is chance.
inline void touch_memory(unsigned mebibytes)
{
    if (mebibytes == 0)
        return;
    auto const size = std::size_t{mebibytes} << 20;
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED, "mmap");
    static_cast<void>(::madvise(memory, size, MADV_NOHUGEPAGE));
    std::memset(memory, 1, size);
}

/// A forked copy of this process, in some condition, that does operations when
/// told to and keeps the time itself.
class Worker {
public:
    Worker(Condition condition, std::vector<Operation> const& operations)
    {
        int down[2];
        int up[2];
        require(::pipe2(down, O_CLOEXEC) == 0, "pipe2");
        require(::pipe2(up, O_CLOEXEC) == 0, "pipe2");
        std::fflush(nullptr);
        pid_ = ::fork();
        require(pid_ >= 0, "fork");
        if (pid_ == 0)
            serve(condition, operations, down[0], up[1]);
        ::close(down[0]);
        ::close(up[1]);
        to_ = down[1];
        from_ = up[0];
    }
    Worker(Worker const&) = delete;
    Worker& operator=(Worker const&) = delete;

    // Killed, not asked: a later worker may hold a copy of our ends.
    ~Worker()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        ::close(to_);
        ::close(from_);
    }

    Nanoseconds run(std::size_t operation, unsigned count)
    {
        Request const request{operation, count};
        Reply reply{};
        if (::write(to_, &request, sizeof request) != sizeof request
            || ::read(from_, &reply, sizeof reply) != sizeof reply)
            throw std::runtime_error("the worker has gone");
        if (reply.trouble[0] != '\0')
            throw std::runtime_error(reply.trouble);
        return Nanoseconds(reply.nanoseconds);
    }

private:
    struct Request {
        std::size_t operation;
        unsigned count;
    };
    struct Reply {
        std::int64_t nanoseconds;
        char trouble[120];
    };

    static Reply answer(Operation const& operation, unsigned count)
    try {
        operation.once(); // bring the code back into the caches
        return {time_of(count, operation.once).count(), {}};
    } catch (std::exception const& error) {
        return refusal(error);
    }

    static Reply refusal(std::exception const& error)
    {
        Reply reply{};
        std::strncpy(reply.trouble, error.what(), sizeof reply.trouble - 1);
        return reply;
    }

    /// What every answer is if the condition cannot be had.
    static std::optional<Reply> prepare(Condition condition)
    try {
        open_descriptors(condition.descriptors);
        touch_memory(condition.mebibytes);
        return {};
    } catch (std::exception const& error) {
        return refusal(error);
    }

    [[noreturn]] static void serve(Condition condition,
                                   std::vector<Operation> const& operations,
                                   int from, int to)
    {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        auto const refused = prepare(condition);
        Request request{};
        while (::read(from, &request, sizeof request) == sizeof request) {
            auto const reply =
                refused ? *refused
                        : answer(operations[request.operation], request.count);
            if (::write(to, &reply, sizeof reply) != sizeof reply)
                break;
        }
        ::_exit(0);
    }

    ::pid_t pid_ = -1;
    int to_ = -1;
    int from_ = -1;
};

/// A program that answers each line with a line.
class LinePeer {
public:
    explicit LinePeer(std::vector<std::string> const& args)
        : program_(args, {.in = runnel::Stdio::pipe,
                          .out = runnel::Stdio::pipe,
                          .err = runnel::Stdio::devnull,
                          .on_destroy = runnel::OnDestroy::teardown})
    {
    }

    void tell(std::string const& line)
    {
        program_.in().write(line + '\n');
        program_.in().flush();
    }

    std::string ask(std::string const& line)
    {
        tell(line);
        auto answer = program_.out().readline();
        if (answer.empty())
            throw std::runtime_error("it has ended");
        answer.pop_back();
        return answer;
    }

private:
    runnel::Popen program_;
};

/// A program that starts child processes and keeps the time itself. It speaks the
/// protocol of peers/programs/serve.hpp; peers/spawn.py has more tasks and
/// conditions like those of a `Worker`.
class ProgramPeer {
public:
    /// `command`: that of the peer. `program` and `arguments`: the child process.
    ProgramPeer(std::vector<std::string> command, std::string const& program,
                std::vector<std::string> const& arguments, Condition condition)
        : peer_(with_child(std::move(command), program, arguments, condition))
    {
    }

    /// `task`: all words of the task but the count, such as "read 12".
    Nanoseconds run(std::string const& task, unsigned count)
    {
        auto const answer = peer_.ask(task + ' ' + std::to_string(count));
        char* end = nullptr;
        auto const nanoseconds = std::strtoll(answer.c_str(), &end, 10);
        if (answer.empty() || *end != '\0')
            throw std::runtime_error(answer);
        return Nanoseconds(nanoseconds);
    }

private:
    static std::vector<std::string>
    with_child(std::vector<std::string> command, std::string const& program,
               std::vector<std::string> const& arguments, Condition condition)
    {
        command.insert(command.end(),
                       {program, std::to_string(condition.descriptors),
                        std::to_string(condition.mebibytes)});
        command.insert(command.end(), arguments.begin(), arguments.end());
        return command;
    }

    LinePeer peer_;
};

/// A shell that repeats one command. It cannot tell time finely itself, so the
/// way there and back (some µs per batch) is counted as well.
class ShellPeer {
public:
    ShellPeer(std::string const& shell, std::string const& command)
        : peer_({shell})
    {
        peer_.tell("go() { i=0; while [ $i -lt $1 ]; do " + command
                   + "; i=$((i + 1)); done; echo; }");
    }

    Nanoseconds run(unsigned count)
    {
        peer_.ask("go 1");
        auto const line = "go " + std::to_string(count);
        return time_of(1, [&] { peer_.ask(line); });
    }

private:
    LinePeer peer_;
};

} // namespace bench
