// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the verbs give where captures, tees, branches, lists and signals meet.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <ranges>
#include <string>
#include <string_view>
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

Command three()
{
    return print("1\n2\n3\n");
}

/// Writes "O" to stdout and "E" to stderr.
Command speaker(std::string_view out = "O", std::string_view err = "E")
{
    return sh("echo \"$0\"; echo \"$1\" >&2", out, err);
}

auto exclaim()
{
    return stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
}

auto only_one()
{
    return stage(std::views::take(1));
}

} // namespace

// --- whose output a result holds ---------------------------------------------------

TEST_CASE("stdout of the whole is what is read, not the copy of a tee",
          "[job][tee][found:A1]")
{
    NoLeaks const no_leaks;
    auto const e = three() | tee(capture) | first(1);
    CHECK(read(e) == "1");
    CHECK(check_output(e) == "1\n");
    CHECK(run(e, {.capture_output = true}).out == "1\n");
    CHECK(start(e | capture).wait().out == "1\n");
    CHECK(start(e | capture, {.pump = Pump::caller}).wait().out == "1\n");
    auto const done = check(e | capture);
    CHECK(done.out == "1\n");
    CHECK(done.stages[0].out == "1\n2\n3\n");
    std::string kept;
    check(e | to(kept));
    CHECK(kept == "1\n");
    CHECK(read(three() | tee(capture) | cmd("wc", "-l")) == "3");
    CHECK(read(three() | tee(capture) | copy() | tee(capture) | first(2))
          == "1\n2");
}

TEST_CASE("stdout of a whole that ends in C++ is what the C++ made",
          "[job][tee][stage][found:A2]")
{
    NoLeaks const no_leaks;
    auto const e = three() | tee(capture) | exclaim();
    CHECK(check_output(e) == "1!\n2!\n3!\n");
    CHECK(read(e) == "1!\n2!\n3!");
    CHECK(run(e, {.capture_output = true}).out == "1!\n2!\n3!\n");
    auto const done = run(e | capture);
    CHECK(done.out == "1!\n2!\n3!\n");
    CHECK(done.stages[0].out == "1\n2\n3\n");
    CHECK(collect(e | lines) == Strings{"1!", "2!", "3!"});
    CHECK(check_output(three() | tee(capture) | exclaim() | tee(capture)
                       | exclaim())
          == "1!!\n2!!\n3!!\n");
}

TEST_CASE("stdout of a list is that of all its parts, also of one with a tee",
          "[job][tee][list][found:A3]")
{
    NoLeaks const no_leaks;
    auto const a = print("a\n");
    auto const b = print("b\n") | tee(capture);
    auto const fails = sh("echo a; exit 1");
    CHECK(read(seq(a, b)) == "a\nb");
    CHECK(read(a && b) == "a\nb");
    CHECK(read(fails || b) == "a\nb");
    CHECK(read(seq(b, a)) == "b\na");
    CHECK(read(seq(b, b)) == "b\nb");
    CHECK(read(seq(a, seq(a, b))) == "a\na\nb");
    CHECK(check_output(seq(a, b)) == "a\nb\n");
    CHECK(run(seq(a, b), {.capture_output = true}).out == "a\nb\n");
    CHECK(start(seq(a, b) | capture).wait().out == "a\nb\n");
    auto const done = run(seq(a, b) | capture);
    CHECK(done.out == "a\nb\n");
    CHECK(done.stages[1].out == "b\n");
    CHECK(read(grouped(seq(a, b)) | first(2) | copy()) == "a\nb");
}

TEST_CASE("a capture inside a list is not stdout of the list",
          "[job][list][found:A3]")
{
    NoLeaks const no_leaks;
    auto const a = print("a\n");
    auto const b = print("b\n") > capture;
    CHECK(read(seq(a, b)) == "a");
    CHECK(read(seq(b, a)) == "a");
    CHECK(read(a && b) == "a");
    CHECK(run(seq(a, b) > capture).stages[1].out == "b\n");
    // Nobody captures the whole: the rightmost that was captured is told.
    CHECK(run(seq(b, print("c\n") > capture)).out == "c\n");
}

TEST_CASE("a capture in a branch of a tee is that of its stage alone",
          "[job][tee][found:A4]")
{
    NoLeaks const no_leaks;
    auto const counts = cmd("wc", "-c") | capture;
    auto const e = print("a\n") | tee(counts);
    CHECK(read(e) == "a");
    CHECK(check_output(e) == "a\n");
    auto const done = run(e | capture);
    CHECK(done.out == "a\n");
    CHECK(done.stages[1].out == "2\n");
    auto const alone = run(e > devnull);
    CHECK_FALSE(alone.out.captured());
    CHECK(alone.stages[1].out == "2\n");
    CHECK(read(seq(print("x\n"), e)) == "x\na");
    CHECK(read(e | copy()) == "a");
    CHECK(read(print("a\n") | tee(copy() | tee(capture) | counts)) == "a");
}

TEST_CASE("stderr that is captured in a branch is that of its stage alone",
          "[job][tee][found:A4]")
{
    NoLeaks const no_leaks;
    auto const branch = (sh("cat; echo B >&2") > devnull) > err(capture);
    auto const e = (speaker() > err(capture)) | tee(branch);
    auto const done = run(e | capture);
    CHECK(done.out == "O\n");
    CHECK(done.err == "E\n");
    CHECK(done.stages[1].err == "B\n");
    CHECK_FALSE(run(print("a\n") | tee(branch) | capture).err.captured());
}

TEST_CASE("a capture in a substitution is that of its stage alone",
          "[job][from][found:A4]")
{
    NoLeaks const no_leaks;
    auto const five = print("1\n2\n3\n4\n5\n");
    CHECK(read(cmd("wc", "-l", from(five | tee(capture)))) == "5 /dev/fd/63");
    auto const counts = cmd("wc", "-c") | capture;
    CHECK(read(print("a\n") | cmd("tee", into(counts))) == "a");
    auto const done = run(print("a\n") | cmd("tee", into(counts)) | capture);
    CHECK(done.out == "a\n");
    CHECK(done.stages[2].out == "2\n");
    CHECK_FALSE(run((print("a\n") | cmd("tee", into(counts))) > devnull)
                    .out.captured());
    auto const inner = speaker() > err(capture);
    auto const errors = run(cmd("cat", from(inner)) | capture);
    CHECK_FALSE(errors.err.captured());
    CHECK(errors.stages[1].err == "E\n");
}

TEST_CASE("a tee behind stderr keeps stderr beside a captured stdout",
          "[job][tee][found:A5]")
{
    NoLeaks const no_leaks;
    auto const done =
        run((stderr_of(speaker() > capture) | tee(capture)) > devnull);
    CHECK(done.out == "O\n");
    CHECK(done.err == "E\n");
    CHECK(done.stages[0].out == "O\n");
    CHECK(done.stages[0].err == "E\n");
    auto const alone =
        run((stderr_of(speaker() > devnull) | tee(capture)) > devnull);
    CHECK_FALSE(alone.out.captured());
    CHECK(alone.err == "E\n");
    auto const through =
        run(stderr_of(speaker() > devnull) | tee(capture) | copy() | capture);
    CHECK(through.out == "E\n");
    CHECK(through.stages[0].err == "E\n");
    CHECK(through.stages[1].out == "E\n");
}

#if __has_include(<runnel/program.hpp>)

namespace {

/// What `done` kept of a stream of a stage; of several captures, one behind
/// the other in the order written, each ended by '|'.
std::string kept_of(CompletedProcess const& done, std::size_t stage, int stream)
{
    std::string all;
    for (auto const& kept : done.captures)
        if (kept.stage == stage && kept.stream == stream)
            all += kept.bytes.str() + '|';
    return all;
}

bool keeps(CompletedProcess const& done, std::string_view bytes)
{
    return std::ranges::any_of(
        done.captures, [&](auto const& kept) { return kept.bytes == bytes; });
}

} // namespace

TEST_CASE("every capture of an expression has a place in the result",
          "[job][tee][found:A5]")
{
    NoLeaks const no_leaks;
    auto const both_kept =
        run((stderr_of(speaker() > capture) | tee(capture)) > devnull);
    CHECK(kept_of(both_kept, 0, 1) == "O\n|");
    CHECK(kept_of(both_kept, 0, 2) == "E\n|");
    CHECK(both_kept.captures.size() == 2);
    auto const three_times = run(stderr_of(speaker() > capture) | tee(capture)
                                 | tee(capture) | exclaim() | capture);
    CHECK(three_times.out == "E!\n");
    CHECK(kept_of(three_times, 0, 2) == "E\n|E\n|");
    CHECK(keeps(three_times, "O\n"));
    CHECK(keeps(three_times, "E!\n"));
    CHECK(three_times.captures.size() == 4);
    CHECK(run(print("a") > devnull).captures.empty());
    CHECK(run(print("a") | capture).captures.size() == 1);
}

TEST_CASE("captures are told in the order written", "[job][found:A5]")
{
    NoLeaks const no_leaks;
    using Places = std::vector<std::pair<std::size_t, int>>;
    auto const places = [](auto const& e) {
        Places all;
        for (auto const& kept : run(e).captures)
            all.emplace_back(kept.stage, kept.stream);
        return all;
    };
    CHECK(places(speaker() > capture > err(capture)) == Places{{0, 1}, {0, 2}});
    CHECK(places(speaker() > err(capture) > capture) == Places{{0, 2}, {0, 1}});
    auto const pipeline = (speaker() > err(capture))
                        | tee(cmd("wc", "-c") > capture)
                        | (speaker() > capture > err(capture));
    CHECK(places(pipeline) == Places{{0, 2}, {1, 1}, {2, 1}, {2, 2}});
    auto const list = seq(print("a") > capture, print("b") > capture);
    CHECK(places(list) == Places{{0, 1}, {1, 1}});
    CHECK(places(print("a") | tee(capture) | (copy() > capture))
          == Places{{0, 1}, {1, 1}});
}

TEST_CASE("a copy of what C++ made has a place in the result",
          "[job][tee][stage][found:A6]")
{
    NoLeaks const no_leaks;
    auto const none = CapturedStream::no_stage;
    auto const e =
        three() | exclaim() | tee(capture) | cmd("wc", "-l") | capture;
    auto const done = run(e);
    CHECK(done.out == "3\n");
    CHECK(kept_of(done, none, 1) == "1!\n2!\n3!\n|");
    CHECK_FALSE(done.stages[0].out.captured());
    CHECK(keeps(start(e).wait(), "1!\n2!\n3!\n"));
    CHECK(keeps(run(Strings{"a", "b"} | tee(capture) | (copy() > devnull)),
                "a\nb\n"));
    CHECK(keeps(run((three() | tee(exclaim() > capture)) > devnull),
                "1!\n2!\n3!\n"));
    CHECK(keeps(run((three() | exclaim() | tee(capture)) > devnull),
                "1!\n2!\n3!\n"));
    auto const listed =
        run(seq(print("x\n"), three() | exclaim() | tee(capture)) | capture);
    CHECK(listed.out == "x\n1!\n2!\n3!\n");
    CHECK(keeps(listed, "1!\n2!\n3!\n"));
    auto const range = three() | exclaim() | tee(capture) | copy() | lines;
    CHECK(collect(range).size() == 3);
    CHECK(keeps(range.result(), "1!\n2!\n3!\n"));
}

#endif

// --- branches behind a reader that leaves early --------------------------------------

namespace {

/// Writes to `file` what it reads, once a byte has come through `gate`.
auto gated(OwnPipe const& gate, std::string const& file)
{
    return (cmd(child("gated_copy"), 5) > file) < fd(5, gate.read_end.get());
}

/// Runs `with(branch)`, whose end leaves after the first of three lines, and
/// lets the branch go on only when that has happened. Gives what came to the
/// branch.
template <class With>
std::string come_to_branch(With with)
{
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    auto const gate = make_pipe();
    auto job = start(with(gated(gate, file)) > Stdio::pipe);
    CHECK(job.out().readline() == "1\n");
    CHECK(job.out().read() == "");
    CHECK(::write(gate.write_end.get(), "g", 1) == 1);
    auto const ended = job.wait_for(10s);
    if (!ended)
        return "the branch does not end";
    auto const& done = *ended;
    CHECK(done);
    for (auto const& stage : done.stages)
        CHECK(
            (!stage.was_started() || stage.status.success() || stage.forgiven));
    return read_file(file);
}

} // namespace

TEST_CASE("a branch reads to its end though C++ behind the tee has enough",
          "[job][tee][found:A7]")
{
    NoLeaks const no_leaks;
    std::string const all = "ready1\n2\n3\n";
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(branch) | cmd(child("take_lines"), 1);
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(branch) | first(1);
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(branch) | only_one();
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(branch) | first(1) | copy();
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(devnull, branch) | copy() | first(1);
          })
          == all);
}

TEST_CASE("a branch of several commands reads to its end, and a nested one",
          "[job][tee][found:A7]")
{
    NoLeaks const no_leaks;
    std::string const all = "ready1\n2\n3\n";
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(copy() | branch) | first(1);
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(exclaim() | branch) | first(1);
          })
          == "ready1!\n2!\n3!\n");
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(tee(branch) > devnull) | first(1);
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(copy() | (tee(branch) > devnull)) | first(1);
          })
          == all);
    CHECK(come_to_branch([](auto const& branch) {
              return three() | tee(seq(branch, copy()) > devnull) | first(1);
          })
          == all);
}

TEST_CASE("what into stands for reads to its end behind a reader that leaves",
          "[job][from][found:A7]")
{
    NoLeaks const no_leaks;
    // How much the command wrote before it was ended is open.
    CHECK(come_to_branch([](auto const& branch) {
              return three() | cmd("tee", into(branch)) | first(1);
          }).starts_with("ready"));
    CHECK(come_to_branch([](auto const& branch) {
              return three()
                   | sh("cat; echo more > \"$0\"; exec true", into(branch))
                   | copy() | first(1);
          }).starts_with("ready"));
}

TEST_CASE("a branch in a part of a list reads to its end, and the list stops",
          "[job][tee][list][found:A7]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    CHECK(come_to_branch([&](auto const& branch) {
              return grouped(seq(three() | tee(branch),
                                 sh("echo x >\"$0\"", trace)))
                   | first(1);
          })
          == "ready1\n2\n3\n");
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("C++ in a branch reads to its end behind a reader that leaves",
          "[job][tee][stage][found:A7]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    for (int i = 0; i < 20; ++i) {
        check((three() | tee(exclaim() > file) | first(1)) > devnull);
        CHECK(read_file(file) == "1!\n2!\n3!\n");
        check((three() | tee(exclaim() | (copy() > file)) | first(1))
              > devnull);
        CHECK(read_file(file) == "1!\n2!\n3!\n");
    }
}

TEST_CASE("a branch reads to its end behind a range that has had enough",
          "[job][tee][lines][found:A7]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    for (int i = 0; i < 20; ++i) {
        auto const copied = three() | tee(copy() > file) | first(1);
        CHECK(collect(copied | lines) == Strings{"1"});
        CHECK(read_file(file) == "1\n2\n3\n");
        CHECK(joined_bytes(copied | chunks(10)) == "1\n");
        CHECK(read_file(file) == "1\n2\n3\n");
    }
}

TEST_CASE("a list goes no further behind a range that has had enough",
          "[job][list][lines][found:A7]")
{
    NoLeaks const no_leaks;
    auto const endless = grouped(
        seq(cmd(child("write_forever")), cmd(child("sleep_until_killed"))));
    CHECK(collect(endless | first(1) | lines) == Strings{"y"});
    CHECK(collect(endless | only_one() | lines) == Strings{"y"});
    CHECK(joined_bytes(endless | first(1) | chunks(10)) == "y\n");
    auto const range = endless | lines;
    CHECK(*range.begin() == "y");
}

TEST_CASE("a branch that has its own time to end is not kept for ever",
          "[job][tee][found:A7]")
{
    NoLeaks const no_leaks;
    auto const gate = make_pipe();
    auto const stuck = gated(gate, "/dev/null");
    // What writes is ended, so that the branch sees the end.
    auto const forever = cmd(child("write_forever"));
    CHECK(read(forever | tee(copy() > devnull) | first(1)) == "y");
    CHECK(read(forever | tee(cmd(child("count_bytes")) > devnull) | only_one())
          == "y");
    // One that never ends is ended by what ends the run.
    auto const e = three() | tee(stuck) | first(1);
    CHECK_THROWS_AS(run(e > devnull, {.timeout = 50ms}), TimeoutExpired);
    auto job = start(e > Stdio::pipe);
    CHECK(job.out().read() == "1\n");
    job.terminate();
    REQUIRE(job.wait_for(10s));
    CHECK(job.wait().stages[1].status.signal() == SIGTERM);
    auto left = start(e > Stdio::pipe);
    CHECK(left.out().read() == "1\n");
}

// --- input behind the end of the child -------------------------------------------------

namespace {

/// Opens a gate when a child has ended.
struct OpensGate : Observer {
    explicit OpensGate(int fd) : gate(fd) {}
    void exited(Exited const&) noexcept override
    {
        (void)!::write(gate, "\n", 1);
    }
    int gate;
};

/// A command that ends at once. What it leaves behind reads its stdin when the
/// command has ended; `run(command, observer)` runs it. Gives what was read.
template <class Run>
std::string read_later(Run run)
{
    TemporaryDirectory const directory;
    auto const file = directory / "got";
    auto const gate = make_pipe();
    auto done = make_pipe();
    OpensGate opens(gate.write_end.get());
    auto const command = sh("exec 3<&0; (read -r x <&5; cat <&3 >\"$0\") & "
                            "exit 0",
                            file)
                       > fd(6, done.write_end.get());
    run(command < fd(5, gate.read_end.get()), opens);
    done.write_end.close();
    read_all(done.read_end.get()); // until it has ended
    return read_file(file);
}

std::string eight_mib()
{
    std::string all(std::size_t{8} << 20, 'i');
    for (std::size_t i = 0; i < all.size(); i += 4093)
        all[i] = '\n';
    return all;
}

} // namespace

TEST_CASE("input goes on while anybody holds the other end of its pipe",
          "[job][input][found:A9]")
{
    NoLeaks const no_leaks;
    auto const all = eight_mib();
    CHECK((read_later([&](auto const& e, Observer& observer) {
               CHECK(run(e, {.input = all, .observer = &observer}));
           })
           == all));
    CHECK((read_later([&](auto const& e, Observer& observer) {
               check(e < text(all), {.observer = &observer});
           })
           == all));
    for (auto const pump : {Pump::thread, Pump::caller})
        CHECK((read_later([&](auto const& e, Observer& observer) {
                   auto job = start(
                       e, {.input = all, .observer = &observer, .pump = pump});
                   CHECK(job.wait());
               })
               == all));
    CHECK((read_later([&](auto const& e, Observer& observer) {
               for ([[maybe_unused]] auto const& line :
                    (e < text(all)) | lines({.observer = &observer})) {}
           })
           == all));
    CHECK((read_later([&](auto const& e, Observer& observer) {
               check(seq(e, cmd(child("exit_with"), 0)),
                     {.input = all, .observer = &observer});
           })
           == all));
}

TEST_CASE("words of C++ go on while anybody holds the other end of their pipe",
          "[job][input][found:A9]")
{
    NoLeaks const no_leaks;
    auto const all = eight_mib() + '\n';
    CHECK((read_later([&](auto const& e, Observer& observer) {
               check(lines_of(all) | e, {.observer = &observer});
           })
           == all));
}

// --- signals -------------------------------------------------------------------------

namespace {

/// Gives a signal its default action, whatever this program inherited.
class DefaultAction {
public:
    explicit DefaultAction(int number)
        : number_(number), old_(std::signal(number, SIG_DFL))
    {
    }
    DefaultAction(DefaultAction const&) = delete;
    DefaultAction& operator=(DefaultAction const&) = delete;
    ~DefaultAction() { std::signal(number_, old_); }

private:
    int number_;
    void (*old_)(int);
};

} // namespace

TEST_CASE("a signal that does not exist is refused, and changes nothing",
          "[job][signals][list][found:A13]")
{
    NoLeaks const no_leaks;
    auto const held = copy() < Stdio::pipe;
    for (auto const pump : {Pump::thread, Pump::caller})
        for (auto const& e : {Pipeline(seq(held, print("x")) | capture),
                              Pipeline((held && print("x")) | capture),
                              Pipeline(held | print("x") | capture)}) {
            auto job = start(e, {.pump = pump});
            for (int const signal : {99, 65, 9999, -1, -SIGTERM}) {
                CAPTURE(signal);
                CHECK_THROWS_AS(job.send_signal(signal), std::invalid_argument);
                job.forward(signal);
            }
            job.in().close();
            auto const done = job.wait();
            CHECK(done);
            CHECK(done.out == "x");
            CHECK_THROWS_AS(job.send_signal(99), std::invalid_argument);
        }
}

TEST_CASE("a signal that ends nobody lets a list go on",
          "[job][signals][list][found:A13]")
{
    NoLeaks const no_leaks;
    auto const held = copy() < Stdio::pipe;
    for (auto const pump : {Pump::thread, Pump::caller})
        for (int const signal : {0, SIGCONT, SIGCHLD, SIGURG, SIGWINCH, SIGSTOP,
                                 SIGTSTP, SIGTTIN, SIGTTOU}) {
            CAPTURE(signal);
            auto job = start(seq(held, print("x")) | capture, {.pump = pump});
            job.send_signal(signal);
            job.send_signal(SIGCONT);
            job.in().close();
            auto const done = job.wait();
            CHECK(done);
            CHECK(done.out == "x");
        }
}

TEST_CASE("a signal that ends a command cuts its list",
          "[job][signals][list][found:A13]")
{
    NoLeaks const no_leaks;
    for (int const signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGKILL}) {
        CAPTURE(signal);
        DefaultAction const as_usual(signal == SIGKILL ? SIGTERM : signal);
        auto const held = sh("ulimit -c 0; echo r; exec cat") < Stdio::pipe;
        auto job = start(seq(held > Stdio::pipe, print("x") > devnull));
        CHECK(job.out().readline() == "r\n");
        job.send_signal(signal);
        auto const done = job.wait();
        CHECK_FALSE(done);
        CHECK(done.returncode == -signal);
        CHECK_FALSE(done.stages[1].was_started());
    }
}

TEST_CASE("a signal that does not exist is refused where it is written",
          "[job][signals][teardown][found:A14]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const e = sh("echo x >\"$0\"", trace);
    for (int const signal : {99, 65, -1, -SIGKILL}) {
        CAPTURE(signal);
        CHECK_THROWS_AS(run(e, {.teardown = {{.signal = signal}}}),
                        std::invalid_argument);
        CHECK_THROWS_AS(start(e, {.teardown = {{}, {.signal = signal}}}),
                        std::invalid_argument);
        CHECK_THROWS_AS(collect(e | lines({.teardown = {{.signal = signal}}})),
                        std::invalid_argument);
        CHECK_THROWS_AS(Popen({"true"}, {.teardown = {{.signal = signal}}}),
                        std::invalid_argument);
    }
    CHECK_FALSE(std::filesystem::exists(trace));
}

namespace {

/// "stage stream line" of each line, sorted: the order of streams is open.
template <class Range>
Strings tags(Range&& range)
{
    Strings all;
    for (auto const& [stage, stream, line, time] : range)
        all.push_back(std::to_string(stage) + ' ' + std::to_string(stream) + ' '
                      + line);
    std::ranges::sort(all);
    return all;
}

} // namespace

TEST_CASE("tagged reads streams that a group led into each other",
          "[job][tagged][found:A18]")
{
    NoLeaks const no_leaks;
    auto const c = speaker("O", "E");
    auto const d = speaker("P", "F");
    // It reads what comes, lest the other dies of SIGPIPE.
    auto const r = sh("cat >/dev/null; echo P; echo F >&2");
    CHECK(tags(((c | r) > err_to_out) | tagged)
          == Strings{"0 1 E", "1 1 F", "1 1 P"});
    CHECK(tags((seq(c, d) > err_to_out) | tagged)
          == Strings{"0 1 E", "0 1 O", "1 1 F", "1 1 P"});
    CHECK(tags((seq(c, d) > fd(1, fd(2))) | tagged)
          == Strings{"0 2 E", "0 2 O", "1 2 F", "1 2 P"});
    CHECK(tags(((c && d) > out_to_err) | tagged)
          == Strings{"0 2 E", "0 2 O", "1 2 F", "1 2 P"});
    CHECK(tags(((c | r) > out_to_err) | tagged)
          == Strings{"0 2 E", "1 2 F", "1 2 P"});
}

TEST_CASE("tagged reads streams that a command led into each other",
          "[job][tagged][found:A18]")
{
    NoLeaks const no_leaks;
    auto const c = speaker("O", "E");
    CHECK(tags((c > err_to_out) | tagged) == Strings{"0 1 E", "0 1 O"});
    CHECK(tags((c > out_to_err) | tagged) == Strings{"0 2 E", "0 2 O"});
    CHECK(tags((c > err_to_out > devnull) | tagged) == Strings{"0 1 E"});
    CHECK(tags((c > fd(1, fd(2)) > err(devnull)) | tagged) == Strings{"0 2 O"});
    CHECK(tags((c > err_to_out > fd(1, fd(2))) | tagged)
          == Strings{"0 1 E", "0 1 O"});
    CHECK(tags((c > fd(3, fd(1)) > fd(1, fd(2)) > fd(2, fd(3))) | tagged)
          == Strings{"0 1 E", "0 2 O"});
    CHECK(tags((seq(c) > fd(3, fd(1)) > fd(1, fd(2)) > fd(2, fd(3))) | tagged)
          == Strings{"0 1 E", "0 2 O"});
    CHECK(tags((c > devnull > err_to_out) | tagged).empty());
    CHECK(tags(c.with({.err = Stdio::out}) | tagged)
          == Strings{"0 1 E", "0 1 O"});
}

TEST_CASE("tagged reads what a descriptor of its own leads to stdout or stderr",
          "[job][tagged][found:A18]")
{
    NoLeaks const no_leaks;
    auto const to_three = sh("echo T >&3; echo O");
    CHECK(tags((to_three > fd(3, fd(1))) | tagged)
          == Strings{"0 1 O", "0 1 T"});
    CHECK(tags((to_three > fd(3, fd(2))) | tagged)
          == Strings{"0 1 O", "0 2 T"});
    CHECK(tags((seq(to_three) > fd(3, fd(2)) > err_to_out) | tagged)
          == Strings{"0 1 O", "0 2 T"});
}

TEST_CASE("tagged reads merged streams in branches, words and parts of a list",
          "[job][tagged][tee][list][found:A18]")
{
    NoLeaks const no_leaks;
    auto const c = sh("cat >/dev/null; echo O; echo E >&2");
    CHECK(tags((print("x\n") | tee(c > err_to_out) | sh("cat >/dev/null"))
               | tagged)
          == Strings{"1 1 E", "1 1 O"});
    CHECK(tags(((print("x\n") | tee(c) | sh("cat >/dev/null")) > err_to_out)
               | tagged)
          == Strings{"1 1 E", "1 1 O"});
    auto const d = speaker("P", "F");
    CHECK(tags(cmd("cat", from(d > err_to_out)) | tagged)
          == Strings{"0 1 F", "0 1 P"});
    CHECK(tags((cmd("cat", from(d)) > err_to_out) | tagged)
          == Strings{"0 1 P", "1 2 F"});
    CHECK(tags((seq(cmd("cat", from(d))) > err_to_out) | tagged)
          == Strings{"0 1 P", "1 1 F"});
    CHECK(tags(seq(d > err_to_out, d) | tagged)
          == Strings{"0 1 F", "0 1 P", "1 1 P", "1 2 F"});
    CHECK(tags(((d > err_to_out) | copy()) | tagged)
          == Strings{"1 1 F", "1 1 P"});
}

// --- settings of a stage that concern its streams ------------------------------------------

TEST_CASE("the pipes of a stage have the size that it asks for",
          "[job][settings][found:A12]")
{
    NoLeaks const no_leaks;
    constexpr int size = 128 * 1024;
    auto const wanted = std::to_string(size);
    auto const tells = [](int fd, int out) {
        return cmd(child("print_pipe_size"), fd, out).with({.pipesize = size});
    };
    CHECK(read(tells(1, 1)) == wanted);
    CHECK(run(tells(2, 2) > err(capture)).err.trimmed() == wanted);
    CHECK(run((tells(1, 2) > err(capture)) | (copy() > devnull)).err.trimmed()
          == wanted);
    CHECK(read(print("x") | tells(0, 1)) == wanted);
    CHECK(read(tells(0, 1), {.input = "x"}) == wanted);
    CHECK(read(tells(0, 1) < text("x")) == wanted);
    CHECK(read(Strings{"x"} | tells(0, 1)) == wanted);
    CHECK(read((exclaim() < text("x\n")) | tells(0, 1)) == wanted);
    CHECK(run((tells(1, 2) > err(capture)) | tee(devnull) | (copy() > devnull))
              .err.trimmed()
          == wanted);
    CHECK(run((print("x") | tee(tells(0, 1) | capture)) > devnull)
              .stages[1]
              .out.trimmed()
          == wanted);
    CHECK(read(cmd("cat", from(tells(1, 1)))) == wanted);
    CHECK(read(seq(print(""), tells(1, 1) | copy())) == wanted);
    CHECK(collect(tells(1, 1) | lines) == Strings{wanted});
    CHECK(joined_bytes(tells(1, 1) | chunks(100)) == wanted + '\n');
    CHECK(tags(tells(2, 2) | tagged) == Strings{"0 2 " + wanted});
}

TEST_CASE("the streams of a job have the size that its stage asks for",
          "[job][settings][found:A12]")
{
    NoLeaks const no_leaks;
    constexpr int size = 128 * 1024;
    auto const sized = copy().with({.pipesize = size});
    auto job = start((sized < Stdio::pipe) > Stdio::pipe > err(Stdio::pipe));
    CHECK(::fcntl(job.in().fd(), F_GETPIPE_SZ) == size);
    CHECK(::fcntl(job.out().fd(), F_GETPIPE_SZ) == size);
    CHECK(::fcntl(job.err().fd(), F_GETPIPE_SZ) == size);
    job.in().close();
    CHECK(job.wait());
}

TEST_CASE("a stage's buffer size holds for the job's streams, or is refused",
          "[job][settings][found:A12]")
{
    NoLeaks const no_leaks;
    try {
        auto const e = copy().with({.bufsize = 0})<Stdio::pipe> Stdio::pipe;
        auto job = start(e);
        job.in().write("x"); // is not flushed
        ::pollfd item{job.out().fd(), POLLIN, 0};
        CHECK(::poll(&item, 1, 5000) == 1);
        job.in().close();
        CHECK(job.out().read() == "x");
        CHECK(job.wait());
    } catch (std::invalid_argument const&) {
        SUCCEED("refused");
    }
}
