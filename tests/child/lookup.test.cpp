// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How a program is found, and what is said if it is not.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/which.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

using namespace runnel;
using namespace runnel::test;

namespace {

namespace fs = std::filesystem;

/// Two directories to name in PATH; `good` holds the program "prog", which
/// prints its argv[0].
struct SearchPath {
    TemporaryDirectory directory;
    std::string first = directory / "first";
    std::string good = directory / "good";

    SearchPath()
    {
        fs::create_directory(first);
        fs::create_directory(good);
        fs::create_symlink(child("print_argv0"), good + "/prog");
    }

    Environment path(std::string const& value) const
    {
        return {{"PATH", value}};
    }
};

std::optional<SpawnError> error_of(std::initializer_list<Word> args,
                                   PopenOptions options = {})
{
    try {
        Popen p(args, std::move(options));
    } catch (SpawnError const& error) {
        return error;
    }
    return {};
}

std::error_code code_of(std::initializer_list<Word> args,
                        PopenOptions options = {})
{
    auto const error = error_of(args, std::move(options));
    if (!error)
        return {};
    CHECK(error->step() == SpawnStep::exec);
    return error->code();
}

} // namespace

TEST_CASE("a program without a slash is looked up in the PATH of this process",
          "[popen][lookup][row:P04]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    ScopedVariable const path("PATH",
                              (search.first + ':' + search.good).c_str());
    CHECK(output_of({"prog"}) == "prog\n");
}

TEST_CASE("a PATH in env decides, not that of this process",
          "[popen][lookup][row:P04][fault:L04]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    CHECK(output_of({"prog"}, {.env = search.path(search.good)}) == "prog\n");
    CHECK(output_of({"prog"}, {.env = Environment().set("PATH", search.good)})
          == "prog\n");
    ScopedVariable const path("PATH", search.good.c_str());
    CHECK(code_of({"prog"}, {.env = search.path(search.first)})
          == std::errc::no_such_file_or_directory);
}

TEST_CASE("directories of PATH are searched in their order",
          "[popen][lookup][row:P04]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    fs::create_symlink(child("exit_with"), search.first + "/prog");
    CHECK(returncode_of({"prog", "5"},
                        {.env = search.path(search.first + ':' + search.good)})
          == 5);
}

TEST_CASE("a name that PATH does not have is no such file",
          "[popen][lookup][fault:L01]")
{
    NoLeaks const no_leaks;
    ScopedVariable const path("PATH", "/usr/bin:/bin");
    bool const forked = GENERATE(false, true);
    CHECK(code_of({"no-such-program"}, {.preexec_fn = hook_if(forked)})
          == std::errc::no_such_file_or_directory);
}

TEST_CASE("without PATH the system directories are searched",
          "[popen][lookup][fault:L01]")
{
    NoLeaks const no_leaks;
    CHECK(returncode_of({"sh", "-c", "exit 3"}, {.env = Environment::empty()})
          == 3);
    CHECK(returncode_of({"sh", "-c", "exit 3"},
                        {.env = Environment().unset("PATH")})
          == 3);
}

TEST_CASE("an empty PATH finds nothing", "[popen][lookup][fault:L01]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    CHECK(code_of({"prog"}, {.cwd = search.good, .env = search.path("")})
          == std::errc::no_such_file_or_directory);
}

// Python and execvp take an empty entry for the current directory.
TEST_CASE("empty and relative entries of PATH are passed over",
          "[popen][lookup][fault:L02]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    for (auto const* path :
         {":", ".", "./", "good", "../good", ":.:good:", "::"}) {
        CAPTURE(path);
        CHECK(code_of({"prog"}, {.cwd = search.good, .env = search.path(path)})
              == std::errc::no_such_file_or_directory);
        CHECK(code_of({"prog"}, {.cwd = search.directory.path(),
                                 .env = search.path(path)})
              == std::errc::no_such_file_or_directory);
    }
    CHECK(output_of({"prog"}, {.env = search.path(":." + (':' + search.good))})
          == "prog\n");
}

TEST_CASE("a slash at the end of a PATH entry does no harm", "[popen][lookup]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    CHECK(output_of({"prog"}, {.env = search.path(search.good + '/')})
          == "prog\n");
}

TEST_CASE("what cannot be executed does not hide a program later in PATH",
          "[popen][lookup][fifo][fault:L03]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    auto const in_the_way = search.first + "/prog";
    std::string path = search.first;
    SECTION("a directory")
    {
        fs::create_directory(in_the_way);
    }
    SECTION("a file without execute permission")
    {
        write_file(in_the_way, "#!/bin/sh\n", 0644);
    }
    SECTION("a FIFO")
    {
        REQUIRE(::mkfifo(in_the_way.c_str(), 0666) == 0);
    }
    SECTION("a dangling link")
    {
        fs::create_symlink("/no/such/file", in_the_way);
    }
    SECTION("a link to itself")
    {
        fs::create_symlink("prog", in_the_way);
    }
    SECTION("a file where a directory should be")
    {
        write_file(search.directory / "file", "");
        path = search.directory / "file";
    }
    CHECK(output_of({"prog"}, {.env = search.path(path + ':' + search.good)})
          == "prog\n");
}

TEST_CASE("if PATH has nothing better, the refusal is told",
          "[popen][lookup][fault:L03]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    write_file(search.first + "/other", "#!/bin/sh\n", 0644);
    auto const error = error_of(
        {"other"}, {.env = search.path(search.first + ':' + search.good)});
    REQUIRE(error);
    CHECK(error->code() == std::errc::permission_denied);
    CHECK(error->details().subject == search.first + "/other");
    CHECK(error->program() == "other");
}

TEST_CASE("a PATH of 20,000 directories is searched to its end",
          "[popen][lookup][fault:S12]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    std::string path;
    for (int i = 0; i < 20'000; ++i)
        path += "/a:";
    CHECK(output_of({"prog"}, {.env = search.path(path + search.good)})
          == "prog\n");
}

TEST_CASE("a program with a slash is not looked up", "[popen][lookup]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    CHECK(output_of({"./prog"},
                    {.cwd = search.good, .env = search.path("/nowhere")})
          == "./prog\n");
    CHECK(code_of({"./prog"},
                  {.cwd = search.first, .env = search.path(search.good)})
          == std::errc::no_such_file_or_directory);
}

TEST_CASE("a relative program is relative to cwd",
          "[popen][lookup][row:P33][promise:P18]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    CHECK(output_of({"good/prog"}, {.cwd = search.directory.path()})
          == "good/prog\n");
    CHECK(code_of({"good/prog"}) == std::errc::no_such_file_or_directory);
}

TEST_CASE("a script without a first line #! is refused, no shell runs it",
          "[popen][lookup][fault:L05]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    write_file(search.first + "/script", "exit 4\n", 0755);
    auto const path = search.first + "/script";
    auto const error = error_of({path});
    REQUIRE(error);
    CHECK(error->code() == std::errc::executable_format_error);
    CHECK(error->what()
          == "cannot start \"" + path
                 + "\": Exec format error (not a program, and "
                   "without a first line like #!/bin/sh)");
    CHECK(code_of({"script"}, {.env = search.path(search.first)})
          == std::errc::executable_format_error);
    CHECK(returncode_of({path}, {.shell = true}) == 4);
}

TEST_CASE("a script with a first line runs and gets its arguments",
          "[popen][lookup]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    auto const script = search.first + "/script";
    write_file(script, "#!" + child("print_args") + " one\n", 0755);
    CHECK(output_of({script, "two"}) == "<one>\n<" + script + ">\n<two>\n");
}

TEST_CASE("a missing interpreter is told apart from a missing program",
          "[popen][lookup][fault:L06]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    auto const script = search.first + "/script";
    write_file(script, "#!/no/such/interpreter\n", 0755);
    auto const wanted =
        "No such file or directory (it is there, but the interpreter it asks "
        "for (in its first line, or its dynamic loader) is not)";
    CHECK(message_of<SpawnError>([&] { Popen p({script}); })
          == "cannot start \"" + script + "\": " + wanted);
    CHECK(message_of<SpawnError>(
              [&] { Popen p({"./script"}, {.cwd = search.first}); })
          == std::string("cannot start \"./script\": ") + wanted);
}

namespace {

// Not by +: g++ 12 warns of its own inlined strings.
std::string rooted_name(std::size_t length)
{
    std::string name(length, 'n');
    name.front() = '/';
    return name;
}

} // namespace

TEST_CASE("the reason of exec is kept exactly", "[popen][lookup][fault:L06]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    bool const forked = GENERATE(false, true);
    auto const code = [&](std::string const& program) {
        return code_of({program}, {.preexec_fn = hook_if(forked)});
    };
    write_file(search.first + "/plain", "x", 0644);
    CHECK(code(search.first + "/plain") == std::errc::permission_denied);
    CHECK(code(search.first) == std::errc::permission_denied);
    CHECK(code(search.first + "/plain/x") == std::errc::not_a_directory);
    fs::create_symlink("loop", search.first + "/loop");
    CHECK(code(search.first + "/loop")
          == std::errc::too_many_symbolic_link_levels);
    CHECK(code(rooted_name(300)) == std::errc::filename_too_long);
    CHECK(code(rooted_name(5000)) == std::errc::filename_too_long);
}

TEST_CASE("a program that is open for writing is busy",
          "[popen][lookup][fault:L07]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    auto const program = search.first + "/busy";
    copy_child("exit_with", program);
    {
        auto const writer = open_fd(program, O_WRONLY);
        CHECK(code_of({program}) == std::errc::text_file_busy);
    }
    CHECK(returncode_of({program, "0"}) == 0);
}

TEST_CASE("a directory as a program is named as such", "[popen][lookup]")
{
    NoLeaks const no_leaks;
    SearchPath const search;
    CHECK(message_of<SpawnError>([&] { Popen p({search.first}); })
          == "cannot start \"" + search.first
                 + "\": Permission denied (it is a directory)");
}

TEST_CASE("this program can be started again", "[popen][lookup][row:P07]")
{
    NoLeaks const no_leaks;
    CHECK(returncode_of({"self", "--help"},
                        {.executable = "/proc/self/exe", .out = Stdio::devnull})
          == 0);
}

TEST_CASE("a full path from which() does not depend on cwd and env",
          "[popen][lookup][row:P06]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    copy_child("print_argv0", directory / "tool");
    ScopedVariable const path("PATH", directory.str().c_str());
    auto const tool = which("tool");
    REQUIRE(tool == directory / "tool");
    PopenOptions const elsewhere{.cwd = "/", .env = {{"PATH", "/nowhere"}}};
    CHECK(output_of({*tool}, elsewhere) == *tool + '\n');
    CHECK_THROWS_AS(Popen({"tool"}, elsewhere), SpawnError);
}

TEST_CASE("which() finds what a child would execute",
          "[popen][lookup][row:P06]")
{
    NoLeaks const no_leaks;
    auto const sh = which("sh");
    REQUIRE(sh);
    CHECK(sh->starts_with('/'));
    CHECK(output_of({*sh, "-c", "echo $0"}) == *sh + '\n');
    CHECK(which("no-such-program") == std::nullopt);
}
