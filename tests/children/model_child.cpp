// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// model_child SUBSTITUTIONS [FILE...] NAME ACT...: the commands of the random
// model test. The FILEs are those of the substitutions. The acts, in order:
//
//     o N L   writes N lines of L bytes to stdout     e N L   to stderr
//     i N L   to both, a piece to each in turn
//     g N L   the same as o, by a child of its own, which is not waited for
//     c       copies stdin to stdout, bytes as they are
//     m P     copies lines, P in front of each
//     f       copies the lines that is_kept() keeps
//     s       reads all lines, then writes a summary
//     b       reads all bytes, then writes their number
//     d       reads all, and drops it
//     h N     copies N lines, and then closes stdin
//     z       closes stdin
//     r K     copies FILE number K to stdout
//     w K N L writes N lines of L bytes to FILE number K
//     x N     ends with exit code N
//     k N     ends by signal N
//     t       waits for a signal
//
// Pieces are whole lines and at most 4096 bytes long, so that several writers
// of one pipe never tear each other's lines. 99 if something goes wrong.
#include "../model/lines.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace model = runnel::test::model;

namespace {

constexpr size_t most = 4096;

[[noreturn]] void fail()
{
    _exit(99);
}

void write_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const written = write(fd, bytes.data(), bytes.size());
        if (written < 0)
            fail();
        bytes.remove_prefix(static_cast<size_t>(written));
    }
}

/// Writes what is given in pieces.
class Writer {
public:
    explicit Writer(int fd) : fd_(fd) {}

    void put(std::string_view line)
    {
        if (piece_.size() + line.size() > most)
            flush();
        for (; line.size() > most; line.remove_prefix(most))
            write_all(fd_, line.substr(0, most));
        piece_ += line;
    }

    void flush()
    {
        write_all(fd_, piece_);
        piece_.clear();
    }

private:
    int fd_;
    std::string piece_;
};

/// Writes numbered lines, as many of them as fit into a piece.
class Lines {
public:
    Lines(int fd, std::string name, size_t count, size_t length)
        : fd_(fd), name_(std::move(name)), count_(count), length_(length)
    {
    }

    /// False if there are no more.
    bool write_piece()
    {
        std::string piece;
        while (next_ < count_) {
            auto const before = piece.size();
            model::append_line(piece, name_, next_, length_);
            if (piece.size() > most) {
                piece.resize(before);
                break;
            }
            ++next_;
        }
        write_all(fd_, piece);
        return !piece.empty();
    }

    void write()
    {
        while (write_piece()) {}
    }

private:
    int fd_;
    std::string name_;
    size_t count_;
    size_t length_;
    size_t next_ = 0;
};

/// Gives `each` all lines with their newline; false from it: no more.
template <class F>
void read_lines(int fd, F each)
{
    static char buffer[65536];
    std::string rest;
    for (;;) {
        ssize_t const count = read(fd, buffer, sizeof buffer);
        if (count < 0)
            fail();
        if (count == 0)
            break;
        rest.append(buffer, static_cast<size_t>(count));
        size_t begin = 0;
        for (size_t end; (end = rest.find('\n', begin)) != rest.npos;) {
            if (!each(std::string_view(rest).substr(begin, end + 1 - begin)))
                return;
            begin = end + 1;
        }
        rest.erase(0, begin);
    }
    if (!rest.empty())
        each(std::string_view(rest));
}

std::string_view without_end(std::string_view line)
{
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    return line;
}

void copy(int from)
{
    Writer out(1);
    read_lines(from, [&](std::string_view line) {
        out.put(line);
        return true;
    });
    out.flush();
}

void map(std::string const& prefix)
{
    Writer out(1);
    read_lines(0, [&](std::string_view line) {
        out.put(prefix + std::string(line));
        return true;
    });
    out.flush();
}

void filter()
{
    Writer out(1);
    read_lines(0, [&](std::string_view line) {
        if (model::is_kept(without_end(line)))
            out.put(line);
        return true;
    });
    out.flush();
}

void sum(std::string const& name)
{
    model::Summary all;
    read_lines(0, [&](std::string_view line) {
        all.add(without_end(line));
        return true;
    });
    write_all(1, all.line(name));
}

size_t read_bytes()
{
    static char buffer[65536];
    size_t size = 0;
    ssize_t count;
    while ((count = read(0, buffer, sizeof buffer)) > 0)
        size += static_cast<size_t>(count);
    if (count < 0)
        fail();
    return size;
}

void head(size_t count)
{
    Writer out(1);
    if (count > 0)
        read_lines(0, [&](std::string_view line) {
            out.put(line);
            return --count > 0;
        });
    close(0);
    out.flush();
}

void write_in_background(Lines lines)
{
    pid_t const pid = fork();
    if (pid < 0)
        fail();
    if (pid > 0)
        return;
    close(0);
    close(2);
    close_range(3, ~0U, 0);
    timespec const pause{0, 3'000'000};
    nanosleep(&pause, nullptr);
    lines.write();
    _exit(0);
}

[[noreturn]] void end_by(int signal_number)
{
    prctl(PR_SET_DUMPABLE, 0);
    signal(signal_number, SIG_DFL);
    kill(getpid(), signal_number);
    fail();
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> words(argv + 1, argv + argc);
    size_t at = 0;
    auto const word = [&] {
        if (at == words.size())
            fail();
        return words[at++];
    };
    auto const number = [&] { return size_t(atol(word().c_str())); };

    std::vector<std::string> files(number());
    for (auto& file : files)
        file = word();
    auto const name = word();
    for (size_t act = 0; at < words.size(); ++act) {
        char const what = word()[0];
        auto const writer = model::writer_name(name, what, act);
        auto const lines = [&](int fd) {
            auto const count = number();
            return Lines(fd, writer, count, number());
        };
        switch (what) {
        case 'o': lines(1).write(); break;
        case 'e': lines(2).write(); break;
        case 'i': {
            auto const count = number();
            auto const length = number();
            Lines out(1, writer, count, length);
            Lines err(2, writer + 'e', count, length);
            for (bool more = true; more;) {
                more = out.write_piece();
                more = err.write_piece() || more;
            }
            break;
        }
        case 'g': write_in_background(lines(1)); break;
        case 'c': copy(0); break;
        case 'm': map(word()); break;
        case 'f': filter(); break;
        case 's': sum(writer); break;
        case 'b': write_all(1, model::size_line(writer, read_bytes())); break;
        case 'd': read_bytes(); break;
        case 'h': head(number()); break;
        case 'z': close(0); break;
        case 'r': {
            int const fd = open(files.at(number()).c_str(), O_RDONLY);
            if (fd < 0)
                fail();
            copy(fd);
            close(fd);
            break;
        }
        case 'w': {
            int const fd = open(files.at(number()).c_str(), O_WRONLY);
            if (fd < 0)
                fail();
            lines(fd).write();
            close(fd);
            break;
        }
        case 'x': return int(number());
        case 'k': end_by(int(number()));
        case 't':
            for (;;)
                pause();
        default: fail();
        }
    }
}
