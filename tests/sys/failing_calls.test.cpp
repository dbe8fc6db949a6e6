// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Each call to the kernel on the way to a running child, made to fail in each
// way it may: the child either starts all the same, by another way, or is
// refused with the step named, and nothing is left of it.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/tree.hpp"

#include <runnel/popen.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <poll.h>

#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <set>
#include <unistd.h>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Everything at once: pipes on all streams, a file, ids of our own, options
/// that make every step happen.
// Not `scheduling_idle`: beside busy processes, each such child takes half a
// second. Its failing call is tested with the settings.
PopenOptions many_options()
{
    PopenOptions options;
    options.in = Stdio::pipe;
    options.out = Stdio::pipe;
    options.err = Stdio::devnull;
    options.cwd = "/";
    options.umask = 022;
    options.process_group = 0;
    options.limits = {{Resource::core_size, 0}};
    options.nice = 1;
    options.no_new_privileges = true;
    options.die_with_parent = SIGKILL;
    options.ignored_signals = {SIGUSR1};
    return options;
}

PopenOptions forking_options()
{
    auto options = many_options();
    options.process_group = {};
    options.start_new_session = true;
    options.preexec_fn = [] {};
    if (::geteuid() == 0) {
        options.user = 0;
        options.group = 0;
        options.extra_groups.emplace();
    }
    return options;
}

struct WrongOutput {};

void talk_to_copy(PopenOptions options)
{
    Popen p({child("copy")}, std::move(options));
    auto const done = p.communicate("hello");
    if (done.out != "hello")
        throw WrongOutput();
}

/// What came of one run: empty if it worked.
std::string outcome(std::function<void()> const& attempt)
{
    try {
        attempt();
        return {};
    } catch (SpawnError const& error) {
        return "step " + std::string(to_string(error.step()));
    } catch (std::system_error const& error) {
        return error.what();
    } catch (WrongOutput) {
        return "wrong output";
    }
}

struct Sweep {
    int calls = 0; ///< that were made to fail
    std::set<std::string> names;
    std::string complaints;
};

/// A failure to write that says "nobody reads any more" may lose the input;
/// no other may.
bool may_lose_bytes(std::string const& name, int error)
{
    return (name == "write" || name == "write_now") && error == EPIPE;
}

/// One call failed in one way; what is wrong about the consequences.
std::string complaint(Faults& faults, Caller caller, int n,
                      std::string const& name, int error,
                      std::function<void()> const& attempt)
{
    NoLeaks const nothing;
    faults.fail_call(caller, n, name, error);
    auto const came = outcome(attempt);
    auto wrong = nothing.left_behind();
    if (came == "wrong output" && !may_lose_bytes(name, error))
        wrong += came;
    return wrong.empty() ? ""
                         : name + " (call " + std::to_string(n) + ", error "
                               + std::to_string(error) + "): " + wrong + '\n';
}

/// Fails the first call of `caller`, then the second, ... until one run makes
/// fewer calls than that; each with every error that it may give.
Sweep sweep(Caller caller, std::function<void()> const& attempt)
{
    Faults faults;
    attempt();
    Sweep result;
    for (int n = 1;; ++n) {
        faults.watch_call(caller, n);
        outcome(attempt);
        auto const name = faults.failed();
        if (faults.count(caller) < n)
            return result;
        for (int const error : plausible_errors(name)) {
            result.complaints +=
                complaint(faults, caller, n, name, error, attempt);
            ++result.calls;
            result.names.insert(name);
        }
    }
}

} // namespace

TEST_CASE("no failing call of this process leaves anything behind",
          "[posix][faults][fault:F05][fault:X08]")
{
    NoLeaks const no_leaks;
    auto const done =
        sweep(Caller::parent, [] { talk_to_copy(many_options()); });
    CHECK(done.complaints == "");
    CHECK(done.names.contains("pipe2"));
    CHECK(done.names.contains("clone3"));
    CHECK(done.names.contains("waitid"));
    CHECK(done.calls > 30);
}

TEST_CASE("no failing call of a child leaves anything behind",
          "[posix][faults][fault:F05]")
{
    NoLeaks const no_leaks;
    auto const done =
        sweep(Caller::child, [] { talk_to_copy(many_options()); });
    CHECK(done.complaints == "");
    for (auto const* name : {"close_range", "dup3", "chdir", "setpgid",
                             "execve", "reset_signal", "child_syscall"})
        CHECK(done.names.contains(name));
}

TEST_CASE("no failing call around fork leaves anything behind",
          "[posix][faults][fault:F05][fault:S01]")
{
    NoLeaks const no_leaks;
    auto const done =
        sweep(Caller::parent, [] { talk_to_copy(forking_options()); });
    CHECK(done.complaints == "");
    CHECK(done.names.contains("fork"));
    CHECK(done.names.contains("read"));
}

TEST_CASE("children on a terminal survive any failing call",
          "[posix][faults][pty][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const caller = GENERATE(Caller::parent, Caller::child);
    Pty const pty{.echo = false, .keep_newlines = true};
    auto const one = [&] {
        Popen p({child("tell_terminal"), "size"}, {.pty = pty});
        if (p.communicate().out != "size: 24 80\n")
            throw WrongOutput();
    };
    auto const alone = sweep(caller, one);
    CHECK(alone.complaints == "");
    auto const e = cmd(child("print"), "x") | cmd(child("copy"));
    auto const both = e.pty(pty);
    auto const two = [&] {
        if (run(both, {.input = "y", .capture_output = true}).out != "x")
            throw WrongOutput();
    };
    auto const together = sweep(caller, two);
    CHECK(together.complaints == "");
    if (caller == Caller::child)
        return;
    for (auto const* name : {"open", "ioctl", "tcgetattr", "tcsetattr"}) {
        CHECK(alone.names.contains(name));
        CHECK(together.names.contains(name));
    }
}

TEST_CASE("a contained pipeline survives any failing call",
          "[posix][faults][pipeline][containment][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const attempt = [] {
        auto const pipeline =
            cmd(child("print"), "x").contained(Containment::session)
            | cmd(child("copy")).contained(Containment::best);
        auto const captured = pipeline | capture;
        if (run(captured).out != "x")
            throw WrongOutput();
    };
    auto const done = sweep(Caller::parent, attempt);
    CHECK(done.complaints == "");
    CHECK(done.names.contains("mkdir"));
    CHECK(cgroups_left() == "");
}

TEST_CASE("a pipeline survives any failing call without leaving anything",
          "[posix][faults][pipeline][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const attempt = [] {
        auto const pipeline =
            cmd(child("print"), "x") | cmd(child("copy")) | cmd(child("copy"));
        auto const captured = pipeline | capture;
        if (run(captured).out != "x")
            throw WrongOutput();
    };
    auto const done = sweep(Caller::parent, attempt);
    CHECK(done.complaints == "");
    CHECK(done.names.contains("clone3"));
    CHECK(done.names.contains("pipe2"));
}

TEST_CASE("a list with groups and files survives any failing call",
          "[posix][faults][list][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    auto const missing = cmd("no-such-program");
    auto const attempt = [&] {
        auto const group = (missing || cmd(child("print"), "x")) && copy;
        auto const e = ((group < "/dev/null") | copy) > err("/dev/null");
        auto const captured = e | capture;
        auto const done = run(captured, {.timeout = std::chrono::seconds(20)});
        if (!done || done.out != "x")
            throw WrongOutput();
    };
    auto const done = sweep(Caller::parent, attempt);
    CHECK(done.complaints == "");
    CHECK(done.names.contains("open"));
    CHECK(done.names.contains("ppoll"));
}

TEST_CASE("a job in a foreign loop survives any failing call",
          "[posix][faults][job][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const attempt = [] {
        StopSource const stop;
        auto job = start(cmd(child("copy")) | cmd(child("copy")) | capture,
                         {.input = "x",
                          .timeout = std::chrono::seconds(20),
                          .stop = stop.token(),
                          .pump = Pump::caller});
        while (!job.step()) {
            ::pollfd item{job.fd(), POLLIN, 0};
            ::poll(&item, 1, 20);
        }
        if (job.wait().out != "x")
            throw WrongOutput();
    };
    auto const done = sweep(Caller::parent, attempt);
    CHECK(done.complaints == "");
    CHECK(done.names.contains("eventfd"));
    CHECK(done.names.contains("epoll_ctl"));
}

TEST_CASE("a set of jobs survives any failing call",
          "[posix][faults][job][ends][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const attempt = [] {
        std::vector<Job> jobs;
        for (int code = 0; code < 2; ++code)
            jobs.push_back(start(cmd(child("exit_with"), code)));
        int sum = 0;
        for (auto const& ended : as_they_end(jobs))
            sum += 1 + ended.job.wait().returncode;
        if (sum != 3)
            throw WrongOutput();
    };
    auto const done = sweep(Caller::parent, attempt);
    CHECK(done.complaints == "");
    CHECK(done.names.contains("epoll_create"));
    CHECK(done.names.contains("epoll_wait"));
}

TEST_CASE("a spilled capture survives any failing call",
          "[posix][faults][limit][fault:F01]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "spilled") | capture;
    auto const attempt = [&] {
        auto const done =
            run(e, {.limit = {.bytes = 1, .excess = CaptureLimit::spill}});
        if (done.out != "spilled")
            throw WrongOutput();
    };
    auto const done = sweep(Caller::parent, attempt);
    CHECK(done.complaints == "");
    CHECK(done.names.contains("mmap_file"));
}

namespace {

std::string failing(std::string const& name, int error, PopenOptions options)
{
    Faults faults;
    faults.fail_always(name, error);
    return outcome([&] { talk_to_copy(std::move(options)); });
}

} // namespace

TEST_CASE("a failed step in the child is named", "[posix][faults][spawn]")
{
    NoLeaks const no_leaks;
    struct Row {
        char const* call;
        int error;
        char const* step;
    };
    Row const rows[] = {
        {"dup3", EBADF, "step dup"},
        {"chdir", EACCES, "step cwd"},
        {"reset_signal", EINVAL, "step signals"},
        {"setpgid", EPERM, "step process group"},
        {"child_syscall", EPERM, "step setting"},
        {"execve", ENOMEM, "step exec"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.call);
        CHECK(failing(row.call, row.error, many_options()) == row.step);
    }
}

TEST_CASE("a failed step in a forked child is named", "[posix][faults][spawn]")
{
    NoLeaks const no_leaks;
    if (::geteuid() != 0)
        return;
    struct Row {
        char const* call;
        int error;
        char const* step;
    };
    Row const rows[] = {
        {"dup3", EBADF, "step dup"},
        {"chdir", EACCES, "step cwd"},
        {"reset_signal", EINVAL, "step signals"},
        {"setsid", EPERM, "step session"},
        {"setgroups", EPERM, "step extra groups"},
        {"setregid", EPERM, "step group"},
        {"setreuid", EPERM, "step user"},
        {"execve", ENOMEM, "step exec"},
        {"fork", EAGAIN, "step fork"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.call);
        CHECK(failing(row.call, row.error, forking_options()) == row.step);
    }
}

TEST_CASE("a machine without processes to spare is reported as step fork",
          "[posix][faults][fault:S01]")
{
    NoLeaks const no_leaks;
    CHECK(failing("clone3", EAGAIN, many_options()) == "step fork");
    CHECK(failing("clone3", ENOMEM, many_options()) == "step fork");
}

TEST_CASE("where clone3 is refused, fork does the same",
          "[posix][faults][fault:S02][row:N03]")
{
    NoLeaks const no_leaks;
    for (int const error : {ENOSYS, EPERM, EINVAL}) {
        CAPTURE(error);
        CHECK(failing("clone3", error, many_options()) == "");
    }
}

TEST_CASE("without a descriptor for a pidfd the child starts all the same",
          "[posix][faults][fault:W08]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_once("clone3", EMFILE);
    faults.fail_always("pidfd_open", EMFILE);
    Popen p({child("sleep_until_killed")}, {.out = Stdio::pipe});
    REQUIRE(is_ready(p));
    CHECK_THROWS_AS(p.wait(std::chrono::milliseconds(20)), TimeoutExpired);
    p.kill();
    CHECK(p.wait(std::chrono::seconds(10)) == -SIGKILL);
    CHECK(faults.count("pidfd_send_signal") == 0);
    CHECK(faults.count("kill") == 1);
}

TEST_CASE("without pidfds in the kernel a timed wait still works",
          "[posix][faults][fault:W08]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_always("clone3", ENOSYS);
    faults.fail_always("pidfd_open", ENOSYS);
    Popen p({child("sleep_until_killed")}, {.out = Stdio::pipe});
    REQUIRE(is_ready(p));
    CHECK_THROWS_AS(p.wait(std::chrono::milliseconds(20)), TimeoutExpired);
    p.terminate();
    CHECK(p.wait(std::chrono::seconds(10)) == -SIGTERM);
}

namespace {

std::string fds_of_child()
{
    return output_of({child("print_open_fds")}, {.in = Stdio::devnull});
}

} // namespace

TEST_CASE("without close_range the child still sees 0, 1 and 2 only",
          "[posix][faults][fault:F07]")
{
    NoLeaks const no_leaks;
    int const leaky = ::dup(0);
    int const high = ::fcntl(0, F_DUPFD, 500);
    Faults faults;
    for (auto const* clone : {"", "clone3"})
        for (int const error : {ENOSYS, EPERM}) {
            CAPTURE(clone, error);
            faults.reset();
            faults.fail_always("close_range", error);
            if (*clone != '\0')
                faults.fail_always(clone, ENOSYS);
            CHECK(fds_of_child() == "0 1 2\n");
        }
    ::close(leaky);
    ::close(high);
}

TEST_CASE("without close_range and /proc the child sees 0, 1 and 2 only",
          "[posix][faults][fault:F07]")
{
    NoLeaks const no_leaks;
    int const leaky = ::dup(0);
    Faults faults;
    faults.fail_always("close_range", ENOSYS);
    faults.fail_always("child_open", ENOENT);
    CHECK(fds_of_child() == "0 1 2\n");
    ::close(leaky);
}

TEST_CASE("without close_range hundreds of descriptors are closed, too",
          "[posix][faults][guard]")
{
    NoLeaks const no_leaks;
    std::vector<OwnFd> many;
    for (int i = 0; i < 200; ++i) // they are listed in several pieces
        many.push_back(copy_fd(0, 50, true));
    Faults faults;
    faults.fail_always("close_range", ENOSYS);
    CHECK(fds_of_child() == "0 1 2\n");
}

TEST_CASE("descriptors above a limit that the child gets are closed, too",
          "[posix][faults][limits][guard]")
{
    NoLeaks const no_leaks;
    auto const high = copy_fd(0, 100, true);
    Faults faults;
    faults.fail_always("close_range", ENOSYS);
    faults.fail_always("child_open", ENOENT); // as without /proc
    PopenOptions const limited{.in = Stdio::devnull,
                               .limits = {{Resource::open_files, 64, 64}}};
    CHECK(output_of({child("print_open_fds")}, limited) == "0 1 2\n");
}

TEST_CASE("a target that another thread is just opening is tried again",
          "[posix][faults][guard]")
{
    NoLeaks const no_leaks;
    Faults faults;
    for (auto const* refused : {"", "clone3"}) {
        CAPTURE(refused);
        faults.reset();
        if (*refused != '\0')
            faults.fail_always(refused, ENOSYS);
        faults.fail_once("dup3", EBUSY);
        CHECK(output_of({child("print"), "x"}) == "x");
    }
}

TEST_CASE("an interrupted call is repeated", "[posix][faults][fault:X08]")
{
    NoLeaks const no_leaks;
    Faults faults;
    for (auto const* name : {"read", "write", "ppoll", "waitid", "open"}) {
        CAPTURE(name);
        faults.reset();
        faults.fail_once(name, EINTR);
        CHECK(outcome([] { talk_to_copy(many_options()); }) == "");
    }
}

TEST_CASE("a refused larger pipe is no error", "[posix][faults][pipe][row:P31]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_always("fcntl", EPERM);
    CHECK(outcome([] {
              Popen p({child("print"), "x"},
                      {.out = Stdio::pipe, .pipesize = 1 << 20});
              if (p.communicate().out != "x")
                  throw WrongOutput();
          })
          == "");
}
