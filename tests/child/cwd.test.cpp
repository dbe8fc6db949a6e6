// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The directory that a child runs in.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

SpawnError error_in(Pathname const& cwd, bool forked)
{
    try {
        Popen p({child("print_cwd")},
                {.cwd = cwd, .preexec_fn = hook_if(forked)});
    } catch (SpawnError const& error) {
        return error;
    }
    throw std::logic_error("the child was started");
}

} // namespace

TEST_CASE("a child runs in the directory of this process", "[popen][cwd]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({child("print_cwd")})
          == std::filesystem::current_path().native() + '\n');
}

TEST_CASE("cwd is the directory of the child alone", "[popen][cwd][row:P32]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const before = std::filesystem::current_path();
    bool const forked = GENERATE(false, true);
    auto const hook = hook_if(forked);
    CHECK(output_of({child("print_cwd")},
                    {.cwd = directory.str(), .preexec_fn = hook})
          == directory.str() + '\n');
    CHECK(output_of({child("print_cwd")},
                    {.cwd = directory.path(), .preexec_fn = hook})
          == directory.str() + '\n');
    CHECK(std::filesystem::current_path() == before);
}

TEST_CASE("a relative cwd is relative to this process", "[popen][cwd]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({child("print_cwd")}, {.cwd = ".."})
          == std::filesystem::current_path().parent_path().native() + '\n');
}

TEST_CASE("files for streams are relative to this process, not to cwd",
          "[popen][cwd]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = std::filesystem::relative(directory / "out");
    CHECK(returncode_of({child("write_to"), 1, "x"}, {.out = file, .cwd = "/"})
          == 0);
    CHECK(read_file(directory / "out") == "x");
}

TEST_CASE("a directory that cannot be entered is named, not the program",
          "[popen][cwd][fault:I09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    bool const forked = GENERATE(false, true);

    auto const missing = error_in(directory / "no", forked);
    CHECK(missing.step() == SpawnStep::cwd);
    CHECK(missing.code() == std::errc::no_such_file_or_directory);
    CHECK(missing.details().subject == directory / "no");
    CHECK(missing.what()
          == "cannot start \"" + child("print_cwd")
                 + "\": cannot enter the directory \"" + directory / "no"
                 + "\": No such file or directory");

    write_file(directory / "file", "");
    auto const file = error_in(directory / "file", forked);
    CHECK(file.step() == SpawnStep::cwd);
    CHECK(file.code() == std::errc::not_a_directory);

    CHECK(error_in("", forked).code() == std::errc::no_such_file_or_directory);
}

TEST_CASE("a directory without permission is refused",
          "[popen][cwd][fault:I09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    std::filesystem::create_directory(directory / "closed");
    std::filesystem::permissions(directory / "closed",
                                 std::filesystem::perms::none);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        if (::geteuid() == 0)
            EXPECT_IN(complaints, ::setuid(65534) == 0);
        auto const error = error_in(directory / "closed", false);
        EXPECT_IN(complaints, error.step() == SpawnStep::cwd);
        EXPECT_IN(complaints, error.code() == std::errc::permission_denied);
    });
    CHECK(wrong == "");
}
