// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which directories of a git repository were changed most often, and by whom.
// Usage: git_report [DIRECTORY]
#include <runnel/runnel.hpp>

#include <iostream>
#include <ranges>
#include <string_view>

using namespace runnel;

namespace {

constexpr int skipped = 77; // ctest then reports the test as skipped

std::string_view directory_of(std::string_view path)
{
    auto const slash = path.rfind('/');
    return slash == path.npos ? "." : path.substr(0, slash);
}

bool has_text(std::string_view line)
{
    return !line.empty();
}

} // namespace

int main(int argc, char** argv)
{
    auto const git = [&](auto const&... words) {
        // Without this, git refuses a repository that another user owns.
        return cmd("git", "-c", "safe.directory=*", words...)
            .cwd(argc > 1 ? argv[1] : ".");
    };
    try {
        if (!run(git("rev-parse", "--verify", "HEAD") > both(devnull))) {
            std::cout << "no git repository, or nothing in it\n";
            return skipped;
        }
        std::cout << "changes by directory\n";
        for (std::string_view line : git("log", "--name-only", "--format=")
                                         | lines | std::views::filter(has_text)
                                         | std::views::transform(directory_of)
                                         | cmd("sort") | cmd("uniq", "-c")
                                         | cmd("sort", "-rn") | lines
                                         | std::views::take(8))
            std::cout << line << '\n';

        std::cout << "commits by author\n";
        for (std::string_view line :
             git("shortlog", "-sn", "HEAD") | first(5) | lines)
            std::cout << line << '\n';
    } catch (SpawnError const& error) {
        std::cout << error.what() << '\n';
        return skipped;
    } catch (SubprocessError const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
