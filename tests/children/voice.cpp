// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// voice NAME CODE [< FILE | > FILE]...: reads stdin and each FILE behind a < to
// the end. Then writes the line "NAME! \xe9\r\n" to stderr; then what it read
// and the line "NAME \xe9\r\n" to stdout, and the same to each FILE behind a >.
// The marks are words of their own. Ends with CODE; 99 if something goes wrong.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

static bool read_all(int fd, std::string& text)
{
    char buffer[4096];
    ssize_t count;
    while ((count = read(fd, buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<size_t>(count));
    return count == 0;
}

// One call for all of it, so that readers never see a part of it.
static bool write_all(int fd, std::string const& text)
{
    return write(fd, text.data(), text.size())
        == static_cast<ssize_t>(text.size());
}

static bool add_file(char const* path, std::string& text)
{
    int const fd = open(path, O_RDONLY);
    bool const done = fd >= 0 && read_all(fd, text);
    return close(fd) == 0 && done;
}

static bool write_file(char const* path, std::string const& text)
{
    int const fd = open(path, O_WRONLY);
    bool const done = fd >= 0 && write_all(fd, text);
    return close(fd) == 0 && done;
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return 99;
    std::string const name = argv[1];
    std::string text;
    if (!read_all(0, text))
        return 99;
    for (int i = 3; i + 1 < argc; i += 2)
        if (*argv[i] == '<' && !add_file(argv[i + 1], text))
            return 99;
    text += name + " \xe9\r\n";
    if (!write_all(2, name + "! \xe9\r\n") || !write_all(1, text))
        return 99;
    for (int i = 3; i + 1 < argc; i += 2)
        if (*argv[i] == '>' && !write_file(argv[i + 1], text))
            return 99;
    return atoi(argv[2]);
}
