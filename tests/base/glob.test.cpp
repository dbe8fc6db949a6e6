// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Names of files and home directories as words, without a shell.
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <pwd.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

using Names = std::vector<std::string>;

/// A directory with these files, which is the current one.
class Inside {
public:
    explicit Inside(Names const& files)
        : before_(std::filesystem::current_path())
    {
        for (auto const& file : files) {
            std::filesystem::path const path = directory_ / file;
            std::filesystem::create_directories(path.parent_path());
            write_file(path, "");
        }
        std::filesystem::current_path(directory_.path());
    }
    Inside(Inside const&) = delete;
    Inside& operator=(Inside const&) = delete;
    ~Inside() { std::filesystem::current_path(before_); }

    std::string operator/(std::string_view name) const
    {
        return directory_ / name;
    }

private:
    TemporaryDirectory directory_;
    std::filesystem::path before_;
};

} // namespace

TEST_CASE("glob gives the names that match, sorted by bytes",
          "[words][glob][row:S04]")
{
    NoLeaks const no_leaks;
    Inside const here({"b.log", "a.log", "B.log", "c.txt", "d/x.log", "d/y.log",
                       ".hidden.log"});
    CHECK(glob("*.log") == Names{"B.log", "a.log", "b.log"});
    CHECK(glob("?.txt") == Names{"c.txt"});
    CHECK(glob("[ab].log") == Names{"a.log", "b.log"});
    CHECK(glob("*/*.log") == Names{"d/x.log", "d/y.log"});
    CHECK(glob(".*.log") == Names{".hidden.log"});
    CHECK(glob("a.log") == Names{"a.log"});
    CHECK(glob(here / "c*") == Names{here / "c.txt"});
    CHECK(glob(std::filesystem::path("c*")) == Names{"c.txt"});
}

TEST_CASE("what glob gives is words of a command", "[words][glob]")
{
    NoLeaks const no_leaks;
    Inside const here({"two words", "a*b"});
    CHECK(read(cmd("printf", "<%s>", glob("*"))) == "<a*b><two words>");
}

TEST_CASE("a name from glob that begins with - is no option", "[words][glob]")
{
    NoLeaks const no_leaks;
    Inside const here({"-n", "a", "d/-n"});
    CHECK(glob("*") == Names{"./-n", "a", "d"});
    CHECK(glob("d/*") == Names{"d/-n"});
    CHECK(glob("-n") == Names{"./-n"});
}

TEST_CASE("a backslash in a pattern takes the meaning away", "[words][glob]")
{
    NoLeaks const no_leaks;
    Inside const here({"a*b", "axb"});
    CHECK(glob("a\\*b") == Names{"a*b"});
    CHECK(glob("a\\*?") == Names{"a*b"});
    CHECK(glob("a*b") == Names{"a*b", "axb"});
}

TEST_CASE("glob without a match fails, or gives nothing if asked",
          "[words][glob]")
{
    NoLeaks const no_leaks;
    Inside const here({"a"});
    for (auto const* pattern : {"*.log", "nothing", "no/such/*", "a/*", ""}) {
        CAPTURE(pattern);
        CHECK(glob(pattern, NoMatch::gives_nothing).empty());
        try {
            static_cast<void>(glob(pattern));
            FAIL_CHECK("it gave names");
        } catch (SystemError const& error) {
            CHECK(error.code() == std::errc::no_such_file_or_directory);
            CHECK(std::string(error.what())
                      .starts_with("no file matches \"" + std::string(pattern)
                                   + '"'));
        }
    }
}

TEST_CASE("a directory that glob may not read is an error", "[words][glob]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const locked = directory / "locked";
    std::filesystem::create_directory(locked);
    std::filesystem::permissions(locked, std::filesystem::perms::none);
    auto const complaints = in_private_process([&](Complaints const& all) {
        if (::geteuid() == 0)
            EXPECT_IN(all, ::seteuid(12345) == 0);
        try {
            static_cast<void>(glob(locked + "/*"));
            all.complain("no error");
        } catch (SystemError const& error) {
            EXPECT_IN(all, error.code() == std::errc::permission_denied);
        }
    });
    std::filesystem::permissions(locked, std::filesystem::perms::owner_all);
    CHECK(complaints == "");
}

TEST_CASE("a pattern that holds a NUL byte is refused", "[words][glob]")
{
    CHECK_THROWS_AS(glob(std::string("a\0b", 3)), std::invalid_argument);
    CHECK_THROWS_AS(home(std::string("~\0b", 3)), std::invalid_argument);
}

TEST_CASE("glob matches what bash matches", "[words][glob][differential]")
{
    NoLeaks const no_leaks;
    Inside const here({"a", "b", "ab", "a.b", ".a", "[x]", "a b", "a\nb", "é",
                       "D/a", "D/.b", "D/E/a", "^", "a-", "\\"});
    for (auto const* pattern :
         {"*",           "?",      "??",   "a*",   "*b",  "[ab]",  "[!a]",
          "[^a]*",       "[a-c]*", ".*a",  "*/*",  "*/a", "D/*/",  "D/[!.]*",
          "\\[x\\]",     "a\\ b",  "[[]*", "*\\*", "**",  "D//a*", "./*",
          "[[:alpha:]]", "[]x]",   "*[",   "\\a"}) {
        CAPTURE(pattern);
        auto const script =
            std::string("LC_ALL=C; shopt -s nullglob; for i in ") + pattern
            + "; do printf '%s\\0' \"$i\"; done";
        Names theirs;
        for (auto name : cmd("bash", "-c", script) | records('\0'))
            theirs.emplace_back(name);
        CHECK(glob(pattern, NoMatch::gives_nothing) == theirs);
    }
}

namespace {

/// Sets HOME, and puts it back.
class Home {
public:
    explicit Home(char const* value)
    {
        if (char const* const now = std::getenv("HOME"))
            before_ = now;
        set(value);
    }
    Home(Home const&) = delete;
    Home& operator=(Home const&) = delete;
    ~Home() { set(before_ ? before_->c_str() : nullptr); }

private:
    static void set(char const* value)
    {
        if (value != nullptr)
            ::setenv("HOME", value, 1);
        else
            ::unsetenv("HOME");
    }

    std::optional<std::string> before_;
};

} // namespace

TEST_CASE("home puts the home directory in place of ~",
          "[words][home][row:S04]")
{
    Home const set("/h");
    CHECK(home() == "/h");
    CHECK(home("~") == "/h");
    CHECK(home("~/") == "/h/");
    CHECK(home("~/a b/~") == "/h/a b/~");
    CHECK(home(std::filesystem::path("~/x")) == "/h/x");
    CHECK(home("a/~") == "a/~");
    CHECK(home("/~") == "/~");
    CHECK(home("").empty());
}

TEST_CASE("without HOME, the home directory is that of the user",
          "[words][home]")
{
    auto const* const user = ::getpwuid(::getuid());
    REQUIRE(user != nullptr);
    std::string const directory = user->pw_dir;
    Home const unset(GENERATE(as<char const*>{}, nullptr, ""));
    CHECK(home("~/x") == directory + "/x");
}

TEST_CASE("~name is the home directory of that user", "[words][home]")
{
    Home const set("/h");
    auto const* const root = ::getpwuid(0);
    REQUIRE(root != nullptr);
    std::string const directory = root->pw_dir;
    CHECK(home(std::string("~") + root->pw_name) == directory);
    CHECK(home(std::string("~") + root->pw_name + "/x") == directory + "/x");
    CHECK_THROWS_AS(home("~no-such-user-here/x"), std::invalid_argument);
}
