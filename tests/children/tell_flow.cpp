// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// tell_flow NAME CODE [FROM [TO [FILE...]]]: reads the descriptors whose digits
// are FROM, and each FILE with < in front of it, to their ends; then writes to
// those of TO, and to each FILE behind a >, one line: NAME and in brackets what
// was read, its lines, sorted, so that it does not matter who wrote first. The
// mark is a word of its own. Ends with CODE; from 129 on, by signal CODE - 128.
// 99 if something goes wrong.
//
// If NAME begins with ?, the line says as well how the process is set up:
// directory, environment, signals and the like.
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

static bool read_lines(int fd, std::vector<std::string>& lines)
{
    std::string text;
    char buffer[4096];
    ssize_t count;
    while ((count = read(fd, buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<size_t>(count));
    for (size_t at = 0; at < text.size();) {
        size_t const end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return count == 0;
}

static bool read_file(char const* path, std::vector<std::string>& lines)
{
    int const fd = open(path, O_RDONLY);
    bool const done = fd >= 0 && read_lines(fd, lines);
    return close(fd) == 0 && done;
}

static bool write_line(int fd, std::string const& line)
{
    return write(fd, line.data(), line.size()) >= 0;
}

static bool write_file(char const* path, std::string const& line)
{
    int const fd = open(path, O_WRONLY);
    bool const done = fd >= 0 && write_line(fd, line);
    return close(fd) == 0 && done;
}

static std::string escaped(char const* text)
{
    std::string all;
    for (; *text != '\0'; ++text) {
        char byte[8];
        bool const is_plain = *text > ' ' && *text < 127 && *text != '\\';
        snprintf(byte, sizeof byte, is_plain ? "%c" : "\\x%02x",
                 static_cast<unsigned char>(*text));
        all += byte;
    }
    return all;
}

// Without those that a shell changes.
static std::string environment()
{
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        bool is_of_shell = false;
        for (char const* name : {"PWD=", "OLDPWD=", "SHLVL=", "_="})
            is_of_shell |= strncmp(*entry, name, strlen(name)) == 0;
        if (!is_of_shell)
            entries.push_back(escaped(*entry));
    }
    std::sort(entries.begin(), entries.end());
    std::string all;
    for (auto const& entry : entries)
        all += ' ' + entry;
    return all;
}

// SIGINT and SIGQUIT are left out: bash lets `<(...)` ignore them.
static std::string signals()
{
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, nullptr, &blocked);
    std::string all;
    for (int signal = 1; signal < 65; ++signal) {
        struct sigaction action;
        if (signal == SIGINT || signal == SIGQUIT
            || sigaction(signal, nullptr, &action) != 0)
            continue;
        if (action.sa_handler == SIG_IGN)
            all += " ignores" + std::to_string(signal);
        if (sigismember(&blocked, signal) == 1)
            all += " blocks" + std::to_string(signal);
    }
    return all;
}

static std::string settings()
{
    char directory[4096] = "";
    if (getcwd(directory, sizeof directory) == nullptr)
        return "no directory";
    mode_t const mask = umask(0);
    umask(mask);
    rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death);
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    std::string numbers;
    for (int const number :
         {int(mask), getpriority(PRIO_PROCESS, 0), int(files.rlim_cur), death,
          CPU_COUNT(&cpus), sched_getscheduler(0), int(getsid(0) == getpid()),
          prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)})
        numbers += ' ' + std::to_string(number);
    return escaped(directory) + numbers + signals() + environment();
}

// Lines of several writers mix in a pipe unless each of them is short. A long
// one is told by its beginning, its size and a checksum (FNV-1a).
static std::string brief(std::string line)
{
    if (line.size() < PIPE_BUF)
        return line;
    unsigned long long sum = 14695981039346656037ULL;
    for (char const byte : line)
        sum = (sum ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
    return line.substr(0, 200) + "... " + std::to_string(line.size()) + ' '
         + std::to_string(sum);
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return 99;
    std::vector<std::string> lines;
    for (char const* from = argc > 3 ? argv[3] : ""; *from != '\0'; ++from)
        if (!read_lines(*from - '0', lines))
            return 99;
    for (int i = 5; i + 1 < argc; i += 2)
        if (*argv[i] == '<' && !read_file(argv[i + 1], lines))
            return 99;
    std::sort(lines.begin(), lines.end());
    std::string told = argv[1];
    told += '(';
    for (auto const& line : lines)
        told += (&line == &lines.front() ? "" : ",") + line;
    told += ')';
    if (*argv[1] == '?')
        told += " [" + settings() + ']';
    told = brief(std::move(told)) + '\n';
    for (char const* to = argc > 4 ? argv[4] : ""; *to != '\0'; ++to)
        if (!write_line(*to - '0', told))
            return 99;
    for (int i = 5; i + 1 < argc; i += 2)
        if (*argv[i] == '>' && !write_file(argv[i + 1], told))
            return 99;
    int const code = atoi(argv[2]);
    if (code <= 128)
        return code;
    prctl(PR_SET_DUMPABLE, 0);
    signal(code - 128, SIG_DFL);
    kill(getpid(), code - 128);
    return 99;
}
