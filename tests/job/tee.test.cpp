// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies of what flows through a pipeline.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"

#include "io/pump.hpp"
#include "io/tee_copy.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/pipe.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

std::string much()
{
    std::string text;
    for (int i = 0; i < 300'000; ++i)
        text += std::to_string(i) + " a line of some length\n";
    return text;
}

/// A tee from a pipe to a pipe and a branch that is full, as a job has it.
struct StuckTee {
    /// `kept`: bytes go through this process.
    explicit StuckTee(bool kept = false)
    {
        sys::SigpipeGuard guard;
        sys::set_nonblocking(branch.write_end.get());
        while (guard.write_some(branch.write_end.get(), std::string(4096, 'b')))
            ;
        auto owned = owned_fd(std::move(in.read_end));
        int const fd = in_fd = owned->get();
        std::vector<Drain*> drains;
        if (kept)
            drains.push_back(&pump.drain({}));
        pump.copy(TeeCopy(
            fd, std::move(owned), Outlet(std::move(main.write_end)),
            {{Outlet(std::move(branch.write_end)), "a branch"}}, drains));
        CHECK(guard.write_some(in.write_end.get(), "abc").value == 3);
        pump.run(sys::Deadline::min()); // once: only the branch lacks them now
    }

    static std::shared_ptr<sys::Fd const> owned_fd(sys::Fd fd)
    {
        return std::make_shared<sys::Fd const>(std::move(fd));
    }

    std::string taken(int fd)
    {
        std::string bytes(8, '\0');
        bytes.resize(sys::read_some(fd, bytes.data(), bytes.size()).value);
        return bytes;
    }

    sys::Pipe in = std::move(sys::open_pipe().value);
    sys::Pipe main = std::move(sys::open_pipe().value);
    sys::Pipe branch = std::move(sys::open_pipe().value);
    int in_fd = -1;
    BytePump pump;
};

} // namespace

TEST_CASE("tee passes on what it reads and writes it to a file",
          "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    CHECK(read(print("a\nb\n") | tee(file) | cmd("wc", "-l")) == "2");
    CHECK(read_file(file) == "a\nb\n");
    CHECK(read(print("c\n") | tee(append(file))) == "c");
    CHECK(read_file(file) == "a\nb\nc\n");
    CHECK(read(print("") | tee(file) | copy()) == "");
    CHECK(read_file(file) == "");
}

TEST_CASE("tee shows and captures", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const shown = directory / "shown";
    auto const done = run((print("a\n") | tee(capture)) > shown);
    CHECK(done.out == "a\n");
    CHECK(done.stages[0].out == "a\n");
    CHECK(read_file(shown) == "a\n");
    auto const both =
        run(print("a\n") | tee(capture) | sh("cat; echo b") | capture);
    CHECK(both.out == "a\nb\n");
    CHECK(both.stages[0].out == "a\n");
    std::string kept;
    check((print("x\n") | tee(to(kept))) > devnull);
    CHECK(kept == "x\n");
}

TEST_CASE("tee writes to an expression beside the pipeline", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const counted = cmd("wc", "-l") > directory / "count";
    auto const done = run(print("a\nb\n") | tee(counted) | copy() | capture);
    CHECK(done.out == "a\nb\n");
    CHECK(read_file(directory / "count") == "2\n");
    REQUIRE(done.stages.size() == 3);
    CHECK(done.stages[1].args.front() == "wc");
    CHECK(done.stages[1].status.success());
}

TEST_CASE("what a branch writes goes where the whole pipeline writes",
          "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const pipeline =
        print("a\nb\n") | tee(cmd("wc", "-l")) | sh("cat >&2");
    check(pipeline > directory / "out" > err(directory / "err"));
    CHECK(read_file(directory / "out") == "2\n");
    CHECK(read_file(directory / "err") == "a\nb\n");
}

TEST_CASE("a tee has as many places as it is given", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const f = directory / "f";
    auto const g = directory / "g";
    auto const fd = open_fd(directory / "h", O_CREAT | O_WRONLY);
    std::string kept;
    auto const text_of_all = much();
    auto const e = (copy() < text(text_of_all))
                 | tee(f, append(g), fd.get(), to(kept), capture,
                       copy() > directory / "i")
                 | cmd("wc", "-c") | capture;
    auto const done = run(e);
    CHECK(done.out.trimmed() == std::to_string(text_of_all.size()));
    CHECK((kept == text_of_all));
    CHECK((done.stages[0].out == text_of_all));
    for (auto const* const name : {"f", "g", "h", "i"}) {
        CAPTURE(name);
        CHECK((read_file(directory / name) == text_of_all));
    }
}

TEST_CASE("much goes through each kind of tee", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const all = much();
    auto const source = copy() < text(all);
    auto const size = std::to_string(all.size());
    std::string kept;
    CHECK(read(source | tee(directory / "f") | cmd("wc", "-c")) == size);
    CHECK((read_file(directory / "f") == all));
    CHECK(read(source | tee(append(directory / "f")) | cmd("wc", "-c"))
          == size);
    CHECK((read_file(directory / "f") == all + all));
    CHECK(read(source | tee(devnull) | cmd("wc", "-c")) == size);
    CHECK(
        read(source | tee(cmd("wc", "-c") > directory / "g") | cmd("wc", "-c"))
        == size);
    CHECK(read_file(directory / "g") == size + "\n");
    CHECK(read(source | tee(to(kept)) | cmd("wc", "-c")) == size);
    CHECK((kept == all));
    check((source | tee(directory / "f")) > directory / "g");
    CHECK((read_file(directory / "g") == all));
}

TEST_CASE("a tee whose pipeline has enough ends what writes to it",
          "[ranges][tee][sigpipe]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const done = run(cmd(child("write_forever")) | tee(directory / "f")
                          | cmd(child("take_lines"), 2) | capture);
    CHECK(done);
    CHECK(done.stages[0].forgiven);
    auto const quiet = sh("echo a; exec sleep 60") | tee(directory / "g")
                     | cmd("head", "-n", 1);
    CHECK(read(quiet) == "a");
    CHECK(read_file(directory / "g") == "a\n");
}

TEST_CASE("a tee sees that its pipeline has enough while a branch is full",
          "[ranges][tee]")
{
    NoLeaks const no_leaks;
    for (bool const kept : {false, true}) {
        CAPTURE(kept);
        StuckTee tee(kept);
        CHECK(tee.taken(tee.main.read_end.get()) == "abc");
        CHECK_FALSE(tee.pump.is_idle());
        tee.main.read_end.reset();
        CHECK(tee.pump.run(sys::deadline_after(5s)));
    }
}

TEST_CASE("a branch that does not read keeps nobody who writes to a tee",
          "[ranges][tee][sigpipe]")
{
    NoLeaks const no_leaks;
    std::string kept;
    auto const gate = make_pipe();
    auto ended = make_pipe();
    auto const branch =
        (cmd(child("gated_copy"), 5) > devnull) < fd(5, gate.read_end.get());
    // One page more than the branch has room for, and then nothing. What reads
    // leaves with the last byte.
    auto const size =
        sys::resize_pipe(make_pipe().write_end.get(), 256 * 1024) + 4096;
    auto const silent = make_pipe();
    auto const source = cmd(child("fill"), size, 1024 * 1024)
                      > err(silent.write_end.get())
                      > fd(5, ended.write_end.get());
    auto const leaves = cmd("head", "-c", size) > devnull;
    auto job = start(source | tee(branch, to(kept)) | leaves);
    ended.write_end.close();
    sys::PollItem writer{ended.read_end.get()};
    CHECK(sys::poll({&writer, 1}, sys::deadline_after(5s)).value == 1);
    CHECK_FALSE(job.statuses()[1]);
    CHECK(write(gate.write_end.get(), "x", 1) == 1);
    REQUIRE(job.wait_for(5s));
    CHECK(job.wait());
}

TEST_CASE("a tee that cannot finish its copies keeps nothing else from its end",
          "[ranges][tee]")
{
    NoLeaks const no_leaks;
    for (bool const has_ended : {false, true}) {
        CAPTURE(has_ended);
        StuckTee tee;
        auto other = std::move(sys::open_pipe().value);
        auto& drain = tee.pump.drain(std::move(other.read_end));
        CHECK(write(other.write_end.get(), "kept", 4) == 4);
        auto fed = std::move(sys::open_pipe().value);
        tee.pump.feed(std::move(fed.write_end), "never read");
        // A stranger takes what the branch lacks.
        CHECK(tee.taken(tee.in_fd) == "abc");
        if (has_ended)
            tee.in.write_end.reset();
        try {
            tee.pump.finish_now();
            FAIL("nothing was thrown");
        } catch (std::system_error const& error) {
            CHECK(error.code() == std::errc::io_error);
        }
        CHECK(drain.bytes.view() == "kept");
        CHECK(tee.pump.is_idle());
    }
}

TEST_CASE("a branch that wants no more is left out", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    auto const all = much();
    auto const source = copy() < text(all);
    auto const size = std::to_string(all.size());
    auto const leaves = cmd(child("take_lines"), 1) > devnull;
    CHECK(read(source | tee(leaves) | cmd("wc", "-c")) == size);
    auto const gone = cmd(child("exit_with"), 0) > devnull;
    std::string kept;
    CHECK(read(source | tee(gone, to(kept)) | cmd("wc", "-c")) == size);
    CHECK((kept == all));
}

TEST_CASE("a branch that fails makes the pipeline fail",
          "[ranges][tee][status]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("cat >/dev/null; exit 3");
    auto const done = run(print("a\n") | tee(failing) | copy() | capture);
    CHECK_FALSE(done);
    CHECK(done.returncode == 3);
    CHECK(done.decided_by == 1);
    CHECK_THROWS_AS(run(print("a\n") | tee(cmd("no-such-program")) | copy()),
                    SpawnError);
}

TEST_CASE("what cannot be written to a tee's file is told, not lost",
          "[ranges][tee]")
{
    NoLeaks const no_leaks;
    try {
        check((print("a\n") | tee("/dev/full")) > devnull);
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::no_space_on_device);
    }
    auto const full = open_fd("/dev/full", O_WRONLY);
    auto const message_of_tee = [](auto const& target) {
        return message_of<std::system_error>(
            [&] { check((print("a\n") | tee(target)) > devnull); });
    };
    CHECK(message_of_tee("/dev/full")
          == "cannot write a copy to \"/dev/full\": No space left on device");
    CHECK(message_of_tee(append("/dev/../dev/full"))
          == "cannot write a copy to \"/dev/../dev/full\": No space left on "
             "device");
    CHECK(message_of_tee(full.get())
          == "cannot write a copy to descriptor " + std::to_string(full.get())
                 + ": No space left on device");
    CHECK(message_of<std::system_error>(
              [&] { check((print("a\n") | tee(devnull)) > "/dev/full"); })
          == "cannot write what a tee passes on: No space left on device");
    CHECK(message_of<SpawnError>([] {
              check((print("a\n") | tee("/no/such/file")) > devnull);
          }).find("/no/such/file")
          != std::string::npos);
}

TEST_CASE("a tee copies its own stdin if nothing is in front of it",
          "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "in", "a\n");
    CHECK(read(tee(directory / "out") < directory / "in") == "a");
    CHECK(read_file(directory / "out") == "a\n");
    CHECK(read(tee(directory / "out") < text("b\n")) == "b");
}

TEST_CASE("a tee is bounded like every capture", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    auto const forever = cmd(child("write_forever")) | tee(capture);
    CHECK_THROWS_AS(check(forever > devnull, {.limit = {.bytes = 100'000}}),
                    CaptureOverflow);
    CHECK(at_some_limit([](Timeout limit) {
        try {
            check((sh("echo a; exec sleep 60") | tee(capture)) > devnull,
                  {.timeout = limit});
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& late) {
            return late.out() == "a\n";
        }
        return false;
    }));
}

TEST_CASE("a range over a tee reads what the tee passes on", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    std::string kept;
    std::vector<std::string> got;
    auto const e = print("a\nb\n") | tee(to(kept));
    std::ranges::copy(e | lines, std::back_inserter(got));
    CHECK(got == std::vector<std::string>{"a", "b"});
    CHECK(kept == "a\nb\n");
}

TEST_CASE("a stranger that holds the pipe does not keep a tee",
          "[ranges][tee][fault:W01]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const grandchild = (cmd(child("leave_grandchild")) > err(devnull))
                          | tee(directory / "f") | copy();
    CHECK_THROWS_AS(check(grandchild > devnull, {.timeout = 200ms}),
                    TimeoutExpired);
}

TEST_CASE("a tee copies without the kernel's help as well", "[ranges][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const all = much();
    auto const e =
        (copy() < text(all)) | tee(directory / "f") | cmd("wc", "-c");
    Faults faults;
    for (std::string const call : {"tee", "splice"}) {
        CAPTURE(call);
        faults.reset();
        CHECK(read(e) == std::to_string(all.size()));
        CHECK(faults.count(call) > 0);
        CHECK((read_file(directory / "f") == all));
        faults.reset();
        faults.fail_once(call, EINVAL);
        CHECK(read(e) == std::to_string(all.size()));
        CHECK(faults.failed() == call);
        CHECK((read_file(directory / "f") == all));
    }
}
