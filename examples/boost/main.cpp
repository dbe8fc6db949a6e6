// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Does ten tasks by runnel and by both versions of Boost.Process, and compares
// what comes out. Each mkdir complains once on stderr; that is part of it.
#include "tasks.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

std::string content(fs::path const& file)
{
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

void write(fs::path const& file, std::string const& bytes)
{
    std::ofstream(file, std::ios::binary) << bytes;
}

/// A directory that is gone afterwards.
class Directory {
public:
    Directory()
    {
        auto name = (fs::temp_directory_path() / "ten-tasks-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr)
            throw fs::filesystem_error("cannot make a directory", name, {});
        path_ = fs::canonical(name);
    }
    Directory(Directory const&) = delete;
    Directory& operator=(Directory const&) = delete;
    ~Directory()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    fs::path const& path() const { return path_; }

private:
    fs::path path_;
};

using Outcomes = std::vector<std::pair<std::string, std::string>>;

/// What comes out of each task; more bytes than a pipe holds where that could
/// make a difference.
Outcomes outcomes_of(tasks::Way const& way)
{
    Directory const place;
    auto const in = [&](char const* name) {
        return (place.path() / name).native();
    };
    Outcomes all;
    auto const note = [&](char const* task, std::string outcome) {
        all.emplace_back(task, std::move(outcome));
    };

    bool const made = way.run_and_wait(in("made"));
    bool const again = way.run_and_wait(in("made/no/such"));
    note("run and wait", made && fs::is_directory(in("made")) && !again
                             ? "made, then refused"
                             : "wrong");

    write(in("fruit"), "pear\napple\npear\nfig\n");
    write(in("other"), "pear\n");
    note("exit code",
         std::to_string(way.exit_code(in("fruit"), in("fruit")))
             + std::to_string(way.exit_code(in("fruit"), in("other")))
             + std::to_string(way.exit_code(in("fruit"), in("none"))));

    note("capture stdout", way.capture(place.path()));

    auto const said =
        way.capture_both("seq 30000 >&2; seq 40000; echo last >&2; exit 3");
    note("capture both",
         std::to_string(said.code) + '\n' + said.out + '\n' + said.err);

    std::string numbers;
    for (int n = 0; n < 50'000; ++n)
        numbers += std::to_string(n * 7919 % 50'000) + '\n';
    note("feed stdin", way.feed(numbers));

    note("pipe two", way.pipe_two(in("fruit")));

    bool const redirected = way.redirect("cat; echo complaint >&2", in("fruit"),
                                         in("out"), in("err"));
    note("redirect to files",
         std::to_string(redirected) + content(in("out")) + content(in("err")));

    note("environment",
         way.with_variable("echo \"$TASK_GREETING, $TASK_WHO\"",
                           "TASK_GREETING", "good morning; all"));

    auto directory = way.in_directory(in("made"));
    if (directory == in("made") + '\n')
        directory = "as asked for\n"; // each way has a place of its own
    note("working directory", directory);

    bool const quick = way.ends_in_time("0", 20s);
    bool const slow = way.ends_in_time("60", 100ms);
    note("timeout and kill", std::to_string(quick) + std::to_string(slow));
    return all;
}

} // namespace

int main()
{
    ::setenv("LC_ALL", "C", 1);
    ::setenv("TASK_WHO", "inherited", 1);

    auto const wanted = outcomes_of(tasks::with_runnel);
    int differing = 0;
    for (auto const* way : {&tasks::with_boost_v1, &tasks::with_boost_v2}) {
        auto const got = outcomes_of(*way);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            bool const same = got[i] == wanted[i];
            differing += !same;
            std::cout << way->name << ", " << wanted[i].first << ": "
                      << (same ? "same" : "DIFFERS") << '\n';
            if (!same)
                std::cout << "--- runnel\n"
                          << wanted[i].second.substr(0, 500) << "\n--- "
                          << way->name << '\n'
                          << got[i].second.substr(0, 500) << '\n';
        }
    }
    std::cout << differing << " of " << 2 * wanted.size() << " differ\n";
    return differing != 0;
}
