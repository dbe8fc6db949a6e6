// tell_flow NAME CODE [FROM [TO [FILE...]]]: reads the descriptors whose digits
// are FROM, and each FILE with < in front of it, to their ends; then writes to
// those of TO, and to each FILE behind a >, one line: NAME and in brackets what
// was read, its lines, sorted, so that it does not matter who wrote first. The
// mark is a word of its own. Ends with CODE; from 129 on, by signal CODE - 128.
// 99 if something goes wrong.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
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
    told += ")\n";
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
