// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Replacing popen(3) for writing and Python's popen2, popen3 and popen4;
// docs/replacing.md shows the same.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <sys/wait.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("a command that was written to is closed, then waited for, and its "
          "status is not shifted",
          "[replacing][row:Q12]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "got";
    auto const script = "cat > '" + file + "'; exit 3";

    std::FILE* const pipe = ::popen(script.c_str(), "w");
    REQUIRE(pipe != nullptr);
    std::fputs("by popen(3)", pipe);
    CHECK(::pclose(pipe) == 3 << 8);
    CHECK(read_file(file) == "by popen(3)");

    Popen program(script, {.shell = true, .in = Stdio::pipe});
    program.in().write("by hand");
    program.in().close(); // or it waits for more, and we for it
    CHECK(program.wait() == 3);
    CHECK(read_file(file) == "by hand");

    auto const done = run(sh(script) < text("by an expression"));
    CHECK(!done);
    CHECK(done.returncode == 3);
    CHECK(read_file(file) == "by an expression");
}

TEST_CASE("a pair of pipes talks to a shell script", "[replacing][row:Q13]")
{
    NoLeaks const no_leaks;
    std::string more_than_a_pipe_holds(1'000'000, 'x');
    more_than_a_pipe_holds += '\n';

    SECTION("in turns, if the script answers line by line")
    {
        Popen program("while read -r line; do echo \"<$line>\"; done",
                      {.shell = true, .in = Stdio::pipe, .out = Stdio::pipe});
        program.in().write("one\n");
        program.in().flush();
        CHECK(program.out().readline() == "<one>\n");
        program.in().write("two\n");
        program.in().close();
        CHECK(program.out().read() == "<two>\n");
        CHECK(program.wait() == 0);
    }
    SECTION("all at once, which cannot deadlock")
    {
        Popen program("cat | cat",
                      {.shell = true, .in = Stdio::pipe, .out = Stdio::pipe});
        auto const [out, err] = program.communicate(more_than_a_pipe_holds);
        CHECK((out == more_than_a_pipe_holds));
        CHECK(!err.captured());
        CHECK(program.returncode() == 0);
    }
    SECTION("as an expression")
    {
        auto const done =
            run((sh("cat | cat") < text(more_than_a_pipe_holds)) | capture);
        CHECK((done.out == more_than_a_pipe_holds));
    }
}

TEST_CASE("three streams of a script are kept apart", "[replacing][row:Q14]")
{
    NoLeaks const no_leaks;
    auto const script = "cat; echo complaint >&2; exit 2";

    Popen program(script, {.shell = true,
                           .in = Stdio::pipe,
                           .out = Stdio::pipe,
                           .err = Stdio::pipe});
    auto const [out, complaints] = program.communicate("input");
    CHECK(out == "input");
    CHECK(complaints == "complaint\n");
    CHECK(program.returncode() == 2);

    auto const done =
        run(sh(script), {.input = "input", .capture_output = true});
    CHECK(done.out == "input");
    CHECK(done.err == "complaint\n");
    CHECK(done.returncode == 2);
}

TEST_CASE("merged output is one stream in the order of the writes",
          "[replacing][row:Q15]")
{
    NoLeaks const no_leaks;
    auto const script = "cat; echo two >&2; echo three; echo four >&2";

    Popen program(script, {.shell = true,
                           .in = Stdio::pipe,
                           .out = Stdio::pipe,
                           .err = Stdio::out});
    auto const [out, err] = program.communicate("one\n");
    CHECK(out == "one\ntwo\nthree\nfour\n");
    CHECK(!err.captured());

    auto const done = run((sh(script) < text("one\n")) > err_to_out > capture);
    CHECK(done.out == "one\ntwo\nthree\nfour\n");
}

TEST_CASE("a string goes to a shell if that is said, a list goes to nobody",
          "[replacing][row:Q16]")
{
    NoLeaks const no_leaks;

    Popen script("printf '<%s>' one 'two words' | cat",
                 {.shell = true, .out = Stdio::pipe});
    CHECK(script.communicate().out == "<one><two words>");

    Popen list({"printf", "<%s>", "one", "two words", "|", "$HOME"},
               {.out = Stdio::pipe});
    CHECK(list.communicate().out == "<one><two words><|><$HOME>");

    // A string alone is the name of a program, and is not split.
    CHECK_THROWS_AS(Popen("printf one", {.out = Stdio::pipe}), SpawnError);
    Popen words(split("printf '<%s>' one 'two words'"), {.out = Stdio::pipe});
    CHECK(words.communicate().out == "<one><two words>");
}

TEST_CASE("a Popen raises if it cannot start, pipes what is asked for, and "
          "lets nothing else through",
          "[replacing][row:Q17]")
{
    NoLeaks const no_leaks;

    CHECK_THROWS_AS(Popen({"no-such-program"}), SpawnError);

    Popen plain({child("exit_with"), 0});
    CHECK(!plain.in());
    CHECK(!plain.out());
    CHECK(!plain.err());
    CHECK_THROWS_AS(plain.in().write("x"), std::logic_error);
    CHECK_THROWS_AS(plain.out().read(), std::logic_error);

    // capturestderr: a stream as the others.
    Popen three({child("copy_both")},
                {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    CHECK(three.in().fd() > 2); // tochild
    CHECK(three.out().fd() > 2); // fromchild
    CHECK(three.err().fd() > 2); // childerr
    auto const both = three.communicate("x");
    CHECK(both.out == "x");
    CHECK(both.err == "x");

    auto const inheritable = copy_fd(0, 50, true);
    CHECK(output_of({child("print_open_fds")},
                    {.in = Stdio::devnull, .err = Stdio::devnull})
          == "0 1 2\n");
    auto const all = output_of(
        {child("print_open_fds")},
        {.in = Stdio::devnull, .err = Stdio::devnull, .close_fds = false});
    CHECK(all.find(' ' + std::to_string(inheritable.get())) != all.npos);
    auto const passed =
        output_of({child("print_open_fds")}, {.in = Stdio::devnull,
                                              .err = Stdio::devnull,
                                              .pass_fds = {inheritable.get()}});
    CHECK(passed == "0 1 2 " + std::to_string(inheritable.get()) + '\n');
}
