// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A small class around git: status, log, diff, with errors that say what git said.
// Usage: git_wrapper [DIRECTORY]
#include <runnel/rows.hpp>
#include <runnel/runnel.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace runnel;

namespace {

class Git {
    /// What git writes to stderr is for the error.
    auto git(auto const&... words) const
    {
        // Without this, git refuses a repository that another user owns.
        return cmd("git", "-c", "safe.directory=*", words...).cwd(directory_)
             > err(capture);
    }

public:
    explicit Git(std::string directory) : directory_(std::move(directory)) {}

    struct Change {
        std::string state;
        std::string path;
    };

    std::vector<Change> status() const
    {
        std::vector<Change> changes;
        for (auto const entry :
             git("status", "--porcelain", "-z", "--no-renames") | records('\0'))
            changes.push_back({std::string(entry.substr(0, 2)),
                               std::string(entry.substr(3))});
        return changes;
    }

    struct Commit {
        std::string id;
        std::string author;
        std::string subject;
    };

    std::vector<Commit> log(std::size_t most) const
    {
        std::vector<Commit> commits;
        for (auto const& [id, author, subject] :
             git("log", "--format=%h%x09%an%x09%s", "-n", most) | lines
                 | rows<std::string, std::string, std::string>('\t'))
            commits.push_back({id, author, subject});
        return commits;
    }

    bool is_changed() const
    {
        return check(git("diff", "--quiet", "HEAD").accept({0, 1})).returncode;
    }

private:
    std::string directory_;
};

} // namespace

int main(int argc, char** argv)
try {
    Git const git(argc > 1 ? argv[1] : ".");
    for (auto const& [id, author, subject] : git.log(5))
        std::cout << id << ' ' << author << ": " << subject << '\n';
    for (auto const& [state, path] : git.status())
        std::cout << state << ' ' << path << '\n';
    std::cout << (git.is_changed() ? "changed\n" : "as committed\n");
} catch (SubprocessError const& error) {
    std::cout << error.what() << '\n';
    return 77; // ctest then reports the test as skipped
}
