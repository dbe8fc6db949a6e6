// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the C library and those around it offer for lines: stdio, iostreams and
// wc.
#include "../line_pipe.hpp"

#include <fstream>
#include <istream>
#include <memory>

#if __has_include(<ext/stdio_filebuf.h>)
#include <ext/stdio_filebuf.h>
#endif

namespace bench::libc {

namespace {

struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
};
using Stream = std::unique_ptr<std::FILE, Close>;

Stream opened(int fd)
{
    Stream stream(::fdopen(fd, "r"));
    require(stream != nullptr, "fdopen");
    return stream;
}

std::string command_line(LineSource const& source)
{
    auto line = quoted(source.program());
    for (auto const& word : source.arguments())
        line += ' ' + word;
    return line;
}

// Every line of ours has a newline.
Tally tally_of(std::FILE* stream)
{
    Tally tally;
    char* line = nullptr;
    std::size_t room = 0;
    for (::ssize_t size; (size = ::getline(&line, &room, stream)) > 0;)
        tally.add({line, static_cast<std::size_t>(size) - 1});
    std::free(line);
    return tally;
}

} // namespace

Tally lines_by_popen(LineSource const& source)
{
    std::FILE* const stream = ::popen(command_line(source).c_str(), "r");
    require(stream != nullptr, "popen");
    auto const tally = tally_of(stream);
    if (::pclose(stream) != 0)
        throw std::runtime_error("it failed");
    return tally;
}

Tally lines_by_fdopen(LineSource const& source)
{
    LinePipe pipe(source);
    auto const tally = tally_of(opened(pipe.take_fd()).get());
    pipe.expect_success();
    return tally;
}

Tally lines_by_large_fdopen(LineSource const& source)
{
    LinePipe pipe(source);
    pipe.grow();
    auto const stream = opened(pipe.take_fd());
    std::setvbuf(stream.get(), nullptr, _IOFBF, std::size_t{256} << 10);
    auto const tally = tally_of(stream.get());
    pipe.expect_success();
    return tally;
}

Tally lines_by_wc(LineSource const& source)
{
    LinePipe pipe(source);
    int count[2] = {-1, -1};
    require(::pipe2(count, O_CLOEXEC) == 0, "pipe2");
    char name[] = "wc";
    char option[] = "-l";
    char* const args[] = {name, option, nullptr};
    ::pid_t const wc = start_between(pipe.fd(), count[1], args);
    ::close(pipe.take_fd());
    ::close(count[1]);
    auto const words = read_to_end(count[0]);
    ::close(count[0]);
    wait_for_success(wc);
    pipe.expect_success();
    return {std::strtoull(words.c_str(), nullptr, 10), 0};
}

#ifdef __GLIBCXX__

Tally lines_by_istream(LineSource const& source)
{
    LinePipe pipe(source);
    __gnu_cxx::stdio_filebuf<char> buffer(pipe.take_fd(), std::ios::in);
    std::istream stream(&buffer);
    Tally tally;
    for (std::string line; std::getline(stream, line);)
        tally.add(line);
    buffer.close();
    pipe.expect_success();
    return tally;
}

#endif

} // namespace bench::libc
