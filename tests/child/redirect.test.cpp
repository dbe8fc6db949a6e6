// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Every kind of source and sink, on every stream that may have it.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("a stream that is not named is inherited",
          "[popen][redirect][row:P22][row:R03]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        auto in = make_pipe();
        auto out = make_pipe();
        auto err = make_pipe();
        ::dup2(in.read_end.get(), 0);
        ::dup2(out.write_end.get(), 1);
        ::dup2(err.write_end.get(), 2);
        EXPECT_IN(complaints, ::write(in.write_end.get(), "x", 1) == 1);
        in.write_end.close();
        Popen p({child("copy_both")});
        EXPECT_IN(complaints, !p.in() && !p.out() && !p.err());
        EXPECT_IN(complaints, p.wait() == 0);
        char byte = 0;
        EXPECT_IN(complaints, ::read(out.read_end.get(), &byte, 1) == 1);
        EXPECT_IN(complaints, ::read(err.read_end.get(), &byte, 1) == 1);
    });
    CHECK(wrong == "");
}

TEST_CASE("the null device is empty to read and takes all that is written",
          "[popen][redirect][row:V01]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({child("count_bytes")}, {.in = Stdio::devnull}) == "0\n");
    CHECK(returncode_of({child("write_to"), 1, "x", 2, "y"},
                        {.out = Stdio::devnull, .err = Stdio::devnull})
          == 0);
}

TEST_CASE("each stream can be a pipe", "[popen][redirect][row:V02][row:A02]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy_both")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    p.in().write("abc");
    p.in().close();
    CHECK(p.out().read() == "abc");
    CHECK(p.err().read() == "abc");
    CHECK(p.wait() == 0);
}

TEST_CASE("stderr can go where stdout goes",
          "[popen][redirect][row:V03][row:P23][fault:F10]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const both = {Word(child("write_to")),
                       Word(1),
                       Word("a"),
                       Word(2),
                       Word("b"),
                       Word(1),
                       Word("c")};

    SECTION("into a pipe, in the order written")
    {
        CHECK(output_of(both, {.err = Stdio::out}) == "abc");
    }
    SECTION("into a file, as one open file")
    {
        auto const file = directory / "f";
        CHECK(returncode_of(both, {.out = file, .err = Stdio::out}) == 0);
        CHECK(read_file(file) == "abc");
    }
    SECTION("into a descriptor")
    {
        auto const file = directory / "f";
        auto const fd = open_fd(file, O_WRONLY | O_CREAT);
        CHECK(returncode_of(both, {.out = fd.get(), .err = Stdio::out}) == 0);
        CHECK(read_file(file) == "abc");
    }
    SECTION("into the null device")
    {
        CHECK(returncode_of(both, {.out = Stdio::devnull, .err = Stdio::out})
              == 0);
    }
    SECTION("where an inherited stdout goes")
    {
        auto const wrong =
            in_private_process([&](Complaints const& complaints) {
                auto out = make_pipe();
                ::dup2(out.write_end.get(), 1);
                EXPECT_IN(complaints,
                          returncode_of(both, {.err = Stdio::out}) == 0);
                ::close(1);
                out.write_end.close();
                complaints.expect_equal(read_all(out.read_end.get()), "abc",
                                        "output");
            });
        CHECK(wrong == "");
    }
}

TEST_CASE("a merged stderr is not there to be read",
          "[popen][redirect][row:C05][row:R05]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_to"), 2, "x"},
            {.out = Stdio::pipe, .err = Stdio::out});
    auto const [out, err] = p.communicate();
    CHECK(out == "x");
    CHECK(!err.captured());
}

TEST_CASE("stdin reads a file", "[popen][redirect][row:P21]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    std::filesystem::path const file = directory / "in";
    write_file(file, "text");
    CHECK(output_of({child("copy")}, {.in = file}) == "text");
    CHECK(output_of({child("copy")}, {.in = file.native()}) == "text");
}

TEST_CASE("output makes a file or empties the one that is there",
          "[popen][redirect][row:P21]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    int const stream = GENERATE(1, 2);
    PopenOptions options;
    (stream == 1 ? options.out : options.err) = file;
    CHECK(returncode_of({child("write_to"), stream, "long text"}, options)
          == 0);
    CHECK(read_file(file) == "long text");
    CHECK(returncode_of({child("write_to"), stream, "x"}, options) == 0);
    CHECK(read_file(file) == "x");
}

TEST_CASE("a new file has mode 0666 less the umask of this process",
          "[popen][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    auto const old = ::umask(027);
    // That of the child is for the files that the child makes.
    Popen p({child("exit_with"), 0}, {.out = file, .umask = 0777});
    ::umask(old);
    p.wait();
    struct stat made {};
    REQUIRE(::stat(file.c_str(), &made) == 0);
    CHECK((made.st_mode & 0777U) == 0640U);
}

TEST_CASE("append writes behind what is there, and behind what others write",
          "[popen][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    for (auto const* text : {"a", "b"})
        CHECK(returncode_of({child("write_to"), 1, text},
                            {.out = Stdio::append(file)})
              == 0);
    CHECK(read_file(file) == "ab");
    CHECK(
        returncode_of({child("write_to"), 1, "c", 2, "d", 1, "e"},
                      {.out = Stdio::append(file), .err = Stdio::append(file)})
        == 0);
    CHECK(read_file(file) == "abcde");
}

TEST_CASE("one file for input and output is emptied first, as in a shell",
          "[popen][redirect][fault:F09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    write_file(file, "text");
    CHECK(returncode_of({child("copy")}, {.in = file, .out = file}) == 0);
    CHECK(read_file(file) == "");
}

TEST_CASE("descriptors of ours are shared, not taken",
          "[popen][redirect][row:P21]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const in = directory / "in";
    write_file(in, "ab");
    auto const source = open_fd(in, O_RDONLY);
    auto const sink = open_fd(directory / "out", O_WRONLY | O_CREAT);
    PopenOptions const options{.in = source.get(), .out = sink.get()};
    // One position for us and for both children.
    for (int i = 0; i < 2; ++i)
        CHECK(returncode_of({child("copy")}, options) == 0);
    CHECK(::fcntl(source.get(), F_GETFD) == FD_CLOEXEC);
    CHECK(::write(sink.get(), "c", 1) == 1);
    CHECK(read_file(directory / "out") == "abc");
}

TEST_CASE("one descriptor may serve several streams",
          "[popen][redirect][fault:I12]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "x");
    auto const file = open_fd(directory / "f", O_RDWR);
    CHECK(
        returncode_of({child("copy_both")},
                      {.in = file.get(), .out = file.get(), .err = file.get()})
        == 0);
    CHECK(read_file(directory / "f").substr(0, 3) == "xxx");
}

TEST_CASE("a descriptor that is not open is a bad one",
          "[popen][redirect][fault:I11]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    try {
        Popen p({child("exit_with"), 0},
                {.out = closed_fd(), .preexec_fn = hook_if(forked)});
        FAIL("started");
    } catch (SpawnError const& error) {
        CHECK(error.step() == SpawnStep::dup);
        CHECK(error.code() == std::errc::bad_file_descriptor);
    }
}

TEST_CASE("the wrong end of a pipe fails in the child, at its write",
          "[popen][redirect][fault:I11]")
{
    NoLeaks const no_leaks;
    auto const pipe = make_pipe();
    CHECK(
        returncode_of({child("write_to"), 1, "x"}, {.out = pipe.read_end.get()})
        == EBADF);
}

TEST_CASE("a full device is the child's business",
          "[popen][redirect][fault:F09]")
{
    NoLeaks const no_leaks;
    CHECK(returncode_of({child("write_to"), 1, "x"}, {.out = "/dev/full"})
          == ENOSPC);
}

TEST_CASE("a file that cannot be opened is named, and nothing is started",
          "[popen][redirect][fault:F09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const canary = directory / "canary";
    auto const error_for = [&](Stdio in, Stdio out) {
        return message_of<SpawnError>([&] {
            Popen p({"touch", canary}, {.in = in, .out = out});
        });
    };
    CHECK(error_for(directory / "no", Stdio::inherit)
          == "cannot start \"touch\": cannot open \"" + directory / "no"
                 + "\": No such file or directory");
    CHECK(error_for(Stdio::inherit, directory.str())
          == "cannot start \"touch\": cannot open \"" + directory.str()
                 + "\": Is a directory");
    CHECK(error_for(Stdio::inherit, directory / "no/f")
          == "cannot start \"touch\": cannot open \"" + directory / "no/f"
                 + "\": No such file or directory");
    CHECK(error_for(Stdio::inherit, "")
          == "cannot start \"touch\": cannot open \"\": No such file or "
             "directory");
    CHECK(!std::filesystem::exists(canary));
}

TEST_CASE("a terminal or a FIFO opened for a stream does not become ours",
          "[popen][redirect]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = directory / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
    auto const reader = open_fd(fifo, O_RDONLY | O_NONBLOCK);
    CHECK(returncode_of({child("write_to"), 1, "x"}, {.out = fifo}) == 0);
    CHECK(read_all(reader.get()) == "x");
}

TEST_CASE("a stream's target is no bool, char or null pointer",
          "[popen][redirect]")
{
    STATIC_REQUIRE(!std::is_constructible_v<Stdio, bool>);
    STATIC_REQUIRE(!std::is_constructible_v<Stdio, char>);
    STATIC_REQUIRE(!std::is_constructible_v<Stdio, std::nullptr_t>);
    STATIC_REQUIRE(std::is_convertible_v<int, Stdio>);
    STATIC_REQUIRE(std::is_convertible_v<std::filesystem::path, Stdio>);
    CHECK(Stdio(Stdio::pipe).kind() == Stdio::pipe);
    CHECK(Stdio(7).fd() == 7);
    CHECK(Stdio("f").path() == "f");
    CHECK(Stdio::append("f").mode() == Stdio::Mode::append);
}
