// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Making a child: where descriptors go, what is told, who else forks.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/instrumented.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"
#include "support/process.hpp"

#include "sys/pipe.hpp"
#include "sys/spawn.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

// --- the environment ---------------------------------------------------------------

TEST_CASE("what preexec_fn does to the environment reaches the program",
          "[sys][spawn][preexec][found:A17]")
{
    NoLeaks const no_leaks;
    ::setenv("RUNNEL_TEST_KEPT", "old", 1);
    ::setenv("RUNNEL_TEST_UNSET", "there", 1);
    auto const change = [] {
        ::setenv("RUNNEL_TEST_NEW", "new", 1);
        ::setenv("RUNNEL_TEST_KEPT", "changed", 1);
        ::unsetenv("RUNNEL_TEST_UNSET");
    };
    auto const of_popen =
        output_of({child("print_env")}, {.preexec_fn = change});
    auto const e = cmd(child("copy")).with({.preexec_fn = change})
                 | cmd(child("print_env")).with({.preexec_fn = change})
                 | capture;
    auto const of_job = run(e).out.str();
    for (auto const& seen : {of_popen, of_job}) {
        auto const variables = lines_of(seen);
        auto const has = [&](std::string_view line) {
            return std::ranges::find(variables, line) != variables.end();
        };
        CHECK(has("RUNNEL_TEST_NEW=new"));
        CHECK(has("RUNNEL_TEST_KEPT=changed"));
        CHECK_FALSE(has("RUNNEL_TEST_UNSET=there"));
    }
    ::unsetenv("RUNNEL_TEST_KEPT");
    ::unsetenv("RUNNEL_TEST_UNSET");
    CHECK(::getenv("RUNNEL_TEST_NEW") == nullptr);
}

TEST_CASE("an environment that was given is not changed by preexec_fn",
          "[sys][spawn][preexec][found:A17]")
{
    NoLeaks const no_leaks;
    auto const seen = output_of({child("print_env")},
                                {.env = Environment::empty().set("A", "1"),
                                 .preexec_fn = [] { ::setenv("B", "2", 1); }});
    CHECK(seen == "A=1\n");
}

TEST_CASE("a child that is being started does not see another thread's setenv",
          "[sys][spawn][guard][found:H][clone3]")
{
    NoLeaks const no_leaks;
    ::setenv("RUNNEL_TEST_HELD", "before", 1);
    auto output = std::move(sys::open_pipe().value);
    sys::FdMove const moves[] = {{output.write_end.get(), 1}};
    std::vector<std::string> const args{child("print_env")};
    sys::SpawnRequest request;
    request.args = args;
    request.program = args.front();
    request.moves = moves;

    Faults faults;
    faults.hold("execve");
    sys::Launch launch;
    REQUIRE_FALSE(launch.start_unconfirmed(request));
    faults.wait_until_held();
    ::setenv("RUNNEL_TEST_HELD", "after", 1);
    faults.let_go();
    REQUIRE_FALSE(launch.confirm());
    launch.take()->wait(sys::never);
    output.write_end.reset();
    ::unsetenv("RUNNEL_TEST_HELD");

    auto const seen = read_all(output.read_end.get());
    CHECK(seen.find("RUNNEL_TEST_HELD=before\n") != seen.npos);
    CHECK(seen.find("RUNNEL_TEST_HELD=after\n") == seen.npos);
}

// --- descriptors -------------------------------------------------------------------

namespace {

/// Lowers the limit of this process to `limit` descriptors.
void allow_descriptors(rlim_t limit)
{
    ::rlimit both{};
    ::getrlimit(RLIMIT_NOFILE, &both);
    both.rlim_cur = limit;
    ::setrlimit(RLIMIT_NOFILE, &both);
}

std::vector<std::string> const ways{"clone3", "fork"};

/// Makes children by fork, if that is the way.
void choose(Faults& faults, std::string const& way)
{
    faults.reset();
    if (way == "fork")
        faults.fail_always("clone3", ENOSYS);
}

} // namespace

TEST_CASE("the highest number that the limit allows can be a target",
          "[sys][spawn][descriptors][found:A19]")
{
    NoLeaks const no_leaks;
    auto const way = GENERATE(from_range(ways));
    CAPTURE(way);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        allow_descriptors(20);
        Faults faults;
        choose(faults, way);
        auto const e =
            cmd(child("write_to"), 19, "x") > fd(19, fd(1)) > capture;
        complaints.expect_equal(run(e).out.str(), "x", "output");
    });
    CHECK(wrong == "");
}

TEST_CASE("sources that are targets of each other are moved all the same",
          "[sys][spawn][descriptors][found:A19]")
{
    NoLeaks const no_leaks;
    auto const way = GENERATE(from_range(ways));
    CAPTURE(way);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        TemporaryDirectory const directory;
        for (int number = 10; number < 19; ++number) {
            auto const path = directory / std::to_string(number);
            int const file = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
            ::dup2(file, number);
            ::close(file);
        }
        std::vector<sys::FdMove> moves;
        int const free = ::dup(0); // the first that would be used to move aside
        ::close(free);
        moves.push_back({0, free});
        for (int number = 10; number < 19; ++number)
            moves.push_back({number, number == 18 ? 10 : number + 1});
        Faults faults;
        choose(faults, way);
        std::vector<std::string> args{child("write_to")};
        for (int number = 10; number < 19; ++number)
            args.insert(args.end(), 2, std::to_string(number));
        auto const process = start_process(args, moves);
        EXPECT_IN(complaints,
                  process->wait(sys::never)->status == ExitStatus::of_code(0));
        for (auto const& [source, target] : std::span(moves).subspan(1))
            complaints.expect_equal(
                read_file(directory / std::to_string(source)),
                std::to_string(target), "file " + std::to_string(source));
    });
    CHECK(wrong == "");
}

TEST_CASE(
    "what is moved aside goes below the targets if there is room only there",
    "[sys][spawn][descriptors][found:A19]")
{
    NoLeaks const no_leaks;
    auto const way = GENERATE(from_range(ways));
    CAPTURE(way);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        TemporaryDirectory const directory;
        auto const low = open_fd(directory / "18", O_WRONLY | O_CREAT);
        auto const high = open_fd(directory / "19", O_WRONLY | O_CREAT);
        ::dup2(low.get(), 18);
        ::dup2(high.get(), 19);
        sys::FdMove const swap[] = {{18, 19}, {19, 18}};
        Faults faults;
        choose(faults, way);
        allow_descriptors(20);
        auto const process =
            start_process({child("write_to"), "18", "a", "19", "b"}, swap);
        EXPECT_IN(complaints,
                  process->wait(sys::never)->status == ExitStatus::of_code(0));
        complaints.expect_equal(read_file(directory / "18"), "b", "file 18");
        complaints.expect_equal(read_file(directory / "19"), "a", "file 19");
    });
    CHECK(wrong == "");
}

TEST_CASE("a limit that leaves no room to move descriptors is told as such",
          "[sys][spawn][descriptors][found:A19]")
{
    NoLeaks const no_leaks;
    auto const way = GENERATE(from_range(ways));
    auto const moves =
        GENERATE(std::vector<sys::FdMove>{{1, 40}}, // beyond the limit
                 std::vector<sys::FdMove>{{0, 1}, {1, 0}}); // nothing is free
    CAPTURE(way);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        Faults faults;
        choose(faults, way);
        allow_descriptors(way == "fork" ? 16 : 12);
        if (moves.size() == 2)
            faults.fail_always("child_fcntl", EINVAL);
        try {
            start_process({child("exit_with"), "0"}, moves);
            complaints.complain("it started");
        } catch (std::system_error const& error) {
            complaints.expect_equal(std::to_string(error.code().value()),
                                    std::to_string(EMFILE), "error");
        }
    });
    CHECK(wrong == "");
}

TEST_CASE("a move to whatever number the report pipe has loses no error",
          "[sys][spawn][descriptors][fork][guard][found:H]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_always("clone3", ENOSYS);
    for (int number = 3; number <= 15; ++number) {
        CAPTURE(number);
        auto const missing = cmd("/no/such/program") > fd(number, devnull);
        CHECK_THROWS_AS(run(missing), SpawnError);
        auto const there = cmd(child("exit_with"), 7) > fd(number, devnull);
        CHECK(run(there.accept({7})));
    }
}

TEST_CASE(
    "where no table of its own may be made after the clone, the clone makes it",
    "[sys][spawn][sandbox][found:B9]")
{
    NoLeaks const no_leaks;
    Faults faults;
    for (int const error : {EPERM, ENOSYS, EACCES, ENOMEM}) {
        CAPTURE(error);
        faults.reset();
        faults.fail_always("close_range", ENOSYS);
        faults.fail_always("unshare", error);
        CHECK(run(cmd("true")));
        CHECK(returncode_of({child("exit_with"), 7}) == 7);
        CHECK(output_of({child("print_open_fds")}, {.in = Stdio::devnull})
              == "0 1 2\n");
        CHECK_THROWS_AS(Popen({"/no/such/program"}), SpawnError);
        auto const two = cmd("true") | cmd("true");
        CHECK(run(two));
        CHECK(faults.count("fork") == 0);
    }
}

// --- strangers that fork --------------------------------------------------------------

namespace {

pid_t stranger;

/// Forks as another thread may do it at any time: here, right behind the fork of
/// the child, when the parent still holds both ends of the report's pipe.
int fork_twice()
{
    int const pid = posix::native_calls().fork();
    if (pid > 0) {
        stranger = posix::native_calls().fork();
        if (stranger == 0)
            for (;;)
                ::pause();
    }
    return pid;
}

/// In the forked child: gives a parent that does not wait time to be wrong.
int late_execve(char const* path, char const* const* args,
                char const* const* environment)
{
    ::usleep(100'000);
    return posix::native_calls().execve(path, args, environment);
}

void end_stranger()
{
    ::kill(stranger, SIGKILL);
    ::waitpid(stranger, nullptr, 0);
}

} // namespace

TEST_CASE(
    "a start is over though another thread's fork holds the report's pipe",
    "[sys][spawn][fork][threads][found:B6]")
{
    NoLeaks const no_leaks;
    OtherCalls const calls([](posix::Calls& table) {
        table.fork = fork_twice;
        table.execve = late_execve;
    });
    SECTION("the program executes")
    {
        CHECK(returncode_of({child("exit_with"), 7}, {.preexec_fn = [] {}})
              == 7);
        end_stranger();
    }
    SECTION("there is no program")
    {
        CHECK_THROWS_AS(Popen({"/no/such/program"}, {.preexec_fn = [] {}}),
                        SpawnError);
        end_stranger();
    }
    SECTION("preexec_fn throws")
    {
        auto const fail = [] { throw std::runtime_error("not today"); };
        auto const message = message_of<SpawnError>([&] {
            Popen({child("exit_with"), 7}, {.preexec_fn = fail});
        });
        CHECK(message.find("not today") != message.npos);
        end_stranger();
    }
    SECTION("the child is killed before its program")
    {
        auto const die = [] { ::kill(::getpid(), SIGKILL); };
        CHECK(returncode_of({child("exit_with"), 7}, {.preexec_fn = die})
              == -SIGKILL);
        end_stranger();
    }
}

TEST_CASE(
    "a child that is killed at once ends its start, whoever holds the pipe",
    "[sys][spawn][fork][threads][found:B6]")
{
    NoLeaks const no_leaks;
    OtherCalls const calls([](posix::Calls& table) {
        table.fork = fork_twice;
        table.child_close = [](int) { return ::kill(::getpid(), SIGKILL); };
    });
    CHECK(returncode_of({child("exit_with"), 7}, {.preexec_fn = [] {}})
          == -SIGKILL);
    end_stranger();
}

TEST_CASE("without locks the report of a forked child arrives as well",
          "[sys][spawn][fork][found:B6]")
{
    NoLeaks const no_leaks;
    Faults faults;
    auto const call = GENERATE(as<std::string>(), "fcntl", "child_fcntl");
    faults.fail_always(call, EINVAL);
    auto const take_time = [] { ::usleep(50'000); };
    CHECK_THROWS_AS(Popen({"/no/such/program"}, {.preexec_fn = take_time}),
                    SpawnError);
    CHECK(returncode_of({child("exit_with"), 7}, {.preexec_fn = [] {}}) == 7);
}

// --- little stack ------------------------------------------------------------------

namespace {

/// 16 KiB, or what instrumented code needs.
constexpr std::size_t little_stack = is_instrumented ? 1 << 20 : 16384;

/// Runs `work` in a thread with little stack, or the least that the system allows.
void with_little_stack(void (*work)())
{
    auto const least =
        static_cast<std::size_t>(::sysconf(_SC_THREAD_STACK_MIN));
    auto const size = std::max(little_stack, least);
    ::pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, size);
    auto const body = [](void* function) -> void* {
        reinterpret_cast<void (*)()>(function)();
        return nullptr;
    };
    ::pthread_t thread{};
    ::pthread_create(&thread, &attributes, body, reinterpret_cast<void*>(work));
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
}

} // namespace

TEST_CASE("a thread with 16 KiB of stack can start children",
          "[sys][spawn][threads][found:B14]")
{
    NoLeaks const no_leaks;
    auto const work = GENERATE(
        +[] { Popen({"true"}).wait(); },
        +[] { Popen({"true"}, {.preexec_fn = [] {}}).wait(); },
        +[] { check(cmd("true")); },
        +[] { check(cmd("true") | cmd("true") | capture); });
    auto const wrong =
        in_private_process([&](Complaints const&) { with_little_stack(work); });
    CHECK(wrong == "");
}

// --- programs that are not there -----------------------------------------------------

TEST_CASE("of the directories of PATH the first refusal but not-found is told",
          "[sys][spawn][path][guard][found:H]")
{
    NoLeaks const no_leaks;
    auto const way = GENERATE(from_range(ways));
    CAPTURE(way);
    TemporaryDirectory const directory;
    auto const locked = directory / "locked";
    auto const looping = directory / "looping";
    auto const empty = directory / "empty";
    for (auto const& path : {locked, looping, empty})
        std::filesystem::create_directory(path);
    std::filesystem::create_directory(locked + "/prog"); // EACCES
    std::filesystem::create_symlink("prog", looping + "/prog"); // ELOOP
    Faults faults;
    choose(faults, way);
    auto const told = [&](std::vector<std::string> const& path) {
        std::string joined;
        for (auto const& entry : path)
            joined += (joined.empty() ? "" : ":") + entry;
        try {
            Popen({"prog"}, {.env = Environment().set("PATH", joined)});
        } catch (SpawnError const& error) {
            return error.code().value();
        }
        return 0;
    };
    CHECK(told({empty, locked}) == EACCES);
    CHECK(told({locked, empty}) == EACCES);
    CHECK(told({empty, looping, locked}) == ELOOP);
    CHECK(told({locked, looping, empty}) == EACCES);
    CHECK(told({empty, empty}) == ENOENT);
    CHECK(told({empty, "/etc/passwd", locked}) == EACCES); // ENOTDIR
    CHECK(told({empty, "/etc/passwd"}) == ENOENT);
}
