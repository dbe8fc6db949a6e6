// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Limits, priority, processors, signals and privileges of a child.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

std::string settings_of_child(PopenOptions options = {})
{
    return output_of({child("print_settings")}, std::move(options));
}

/// The first processor that this process may run on.
int some_cpu()
{
    ::cpu_set_t set;
    ::sched_getaffinity(0, sizeof set, &set);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set))
        ++cpu;
    return cpu;
}

/// All of them at once, with values that need no privileges.
PopenOptions all_settings(bool forked)
{
    return {.limits = {{Resource::open_files, 64, 128}},
            .nice = 1,
            .cpus = {some_cpu()},
            .scheduling_idle = true,
            .no_new_privileges = true,
            .die_with_parent = SIGKILL,
            .ignored_signals = {SIGUSR1, SIGRTMIN},
            .signal_mask = {SIGUSR2, SIGRTMAX},
            .preexec_fn = hook_if(forked)};
}

void give_up_privileges(Complaints const& complaints)
{
    if (::geteuid() != 0)
        return;
    EXPECT_IN(complaints, ::setgroups(0, nullptr) == 0);
    EXPECT_IN(complaints, ::setgid(65534) == 0);
    EXPECT_IN(complaints, ::setuid(65534) == 0);
}

unsigned long long set_of(std::string const& text, char const* field)
{
    return std::stoull(field_of(text, field), nullptr, 16);
}

unsigned long long bits(std::vector<int> const& signals)
{
    unsigned long long set = 0;
    for (int const signal : signals)
        set |= 1ULL << (signal - 1);
    return set;
}

} // namespace

TEST_CASE("without settings a child is as this process", "[child][settings]")
{
    NoLeaks const no_leaks;
    auto const text = settings_of_child();
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    CHECK(field_of(text, "open_files")
          == std::to_string(limit.rlim_cur) + ' '
                 + std::to_string(limit.rlim_max));
    CHECK(field_of(text, "nice")
          == std::to_string(::getpriority(PRIO_PROCESS, 0)));
    CHECK(field_of(text, "policy") == std::to_string(SCHED_OTHER));
    CHECK(field_of(text, "parent_death") == "0");
}

TEST_CASE("a child gets its settings, and this process keeps its own",
          "[child][settings]")
{
    NoLeaks const no_leaks;
    auto const before = settings_of_child();
    auto const nice = std::stoi(field_of(before, "nice"));
    bool const forked = GENERATE(false, true);
    auto const text = settings_of_child(all_settings(forked));
    CHECK(field_of(text, "open_files") == "64 128");
    CHECK(field_of(text, "nice") == std::to_string(nice + 1));
    CHECK(field_of(text, "cpus") == std::to_string(some_cpu()));
    CHECK(field_of(text, "policy") == std::to_string(SCHED_IDLE));
    CHECK(field_of(text, "no_new_privileges") == "1");
    CHECK(field_of(text, "parent_death") == std::to_string(SIGKILL));
    auto const signals =
        output_of({child("print_signals")}, all_settings(forked));
    CHECK((set_of(signals, "SigIgn") & bits({SIGUSR1, SIGRTMIN}))
          == bits({SIGUSR1, SIGRTMIN}));
    CHECK(set_of(signals, "SigBlk") == bits({SIGUSR2, SIGRTMAX}));
    CHECK(settings_of_child() == before);
    CHECK(::prctl(PR_GET_DUMPABLE) == 1);
}

TEST_CASE("settings need no fork", "[child][settings]")
{
    NoLeaks const no_leaks;
    Faults faults;
    CHECK(returncode_of({child("exit_with"), "7"}, all_settings(false)) == 7);
    CHECK(faults.count("clone3") == 1);
    CHECK(faults.count("fork") == 0);
}

TEST_CASE("every resource can be limited", "[child][settings]")
{
    NoLeaks const no_leaks;
    struct Row {
        Resource resource;
        char const* name;
        int limit; ///< enough for the child
    };
    Row const rows[] = {
        {Resource::address_space, "address_space", 1 << 30},
        {Resource::core_size, "core_size", 0},
        {Resource::cpu, "cpu", 600},
        {Resource::data, "data", 1 << 30},
        {Resource::file_locks, "file_locks", 10},
        {Resource::file_size, "file_size", 1 << 20},
        {Resource::locked_memory, "locked_memory", 0},
        {Resource::message_queues, "message_queues", 0},
        {Resource::nice_ceiling, "nice_ceiling", 0},
        {Resource::open_files, "open_files", 32},
        {Resource::pending_signals, "pending_signals", 100},
        {Resource::processes, "processes", 100},
        {Resource::real_time_priority, "real_time_priority", 0},
        {Resource::real_time_cpu, "real_time_cpu", 1000000},
        {Resource::resident_memory, "resident_memory", 1 << 30},
        {Resource::stack, "stack", 1 << 20},
    };
    for (auto const& [resource, name, limit] : rows) {
        CAPTURE(name);
        auto const number = std::to_string(limit);
        auto const bound = static_cast<std::uint64_t>(limit);
        CHECK(field_of(settings_of_child({.limits = {{resource, bound}}}), name)
              == number + ' ' + number);
    }
}

TEST_CASE("soft and hard limits are set apart, or left as they are",
          "[child][settings]")
{
    NoLeaks const no_leaks;
    constexpr auto unchanged = ResourceLimit::unchanged;
    auto const core = Resource::core_size;
    auto const of = [&](std::vector<ResourceLimit> limits) {
        return field_of(settings_of_child({.limits = std::move(limits)}),
                        "core_size");
    };
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::rlimit const limit{10, 20};
        EXPECT_IN(complaints, ::setrlimit(RLIMIT_CORE, &limit) == 0);
        EXPECT_IN(complaints, of({{core, 5}}) == "5 5");
        EXPECT_IN(complaints, of({{core, 5, 15}}) == "5 15");
        EXPECT_IN(complaints, of({{core, 5, unchanged}}) == "5 20");
        EXPECT_IN(complaints, of({{core, unchanged, 15}}) == "10 15");
        EXPECT_IN(complaints, of({{.resource = core}}) == "10 20");
        EXPECT_IN(complaints, of({{core, 5}, {core, 3}}) == "3 3");
    });
    CHECK(wrong == "");
    CHECK(of({{core, 0, ResourceLimit::unlimited}}).starts_with("0 "));
}

TEST_CASE("a limit of files hides no descriptor from being closed",
          "[child][settings]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    int const high = ::fcntl(0, F_DUPFD, 50);
    Faults faults;
    faults.fail_always("close_range", ENOSYS);
    faults.fail_always("child_open", EMFILE);
    CHECK(output_of({child("print_open_fds")},
                    {.in = Stdio::devnull,
                     .limits = {{Resource::open_files, 10}},
                     .preexec_fn = hook_if(forked)})
          == "0 1 2\n");
    ::close(high);
}

TEST_CASE("the nice value stays in its range", "[child][settings]")
{
    NoLeaks const no_leaks;
    CHECK(field_of(settings_of_child({.nice = 39}), "nice") == "19");
    CHECK(field_of(settings_of_child({.nice = 0}), "nice")
          == std::to_string(::getpriority(PRIO_PROCESS, 0)));
}

TEST_CASE("what takes privileges is done before ids give them away",
          "[child][settings][identity]")
{
    if (::geteuid() != 0)
        return;
    NoLeaks const no_leaks;
    TemporaryDirectory directory;
    auto const program = directory / "print_settings";
    copy_child("print_settings", program);
    auto const nice = ::getpriority(PRIO_PROCESS, 0);
    auto const text =
        output_of({program}, {.cwd = "/",
                              .user = 12345,
                              .limits = {{Resource::open_files, 64}},
                              .nice = -1,
                              .die_with_parent = SIGTERM});
    CHECK(field_of(text, "nice") == std::to_string(nice - 1));
    CHECK(field_of(text, "open_files") == "64 64");
    // The kernel forgets this one when ids change.
    CHECK(field_of(text, "parent_death") == std::to_string(SIGTERM));
}

TEST_CASE("an ignored SIGPIPE is the child's own wish", "[child][settings]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const text =
        output_of({child("print_signals")}, {.ignored_signals = {SIGPIPE},
                                             .preexec_fn = hook_if(forked)});
    CHECK((set_of(text, "SigIgn") & bits({SIGPIPE})) != 0);
}

TEST_CASE("a setting that the system refuses is named in the error",
          "[child][settings]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const refused = [&](PopenOptions options) {
        options.preexec_fn = hook_if(forked);
        try {
            Popen p({"/bin/true"}, options);
        } catch (SpawnError const& error) {
            return std::string(to_string(error.step())) + ": " + error.what();
        }
        return std::string("started");
    };
    CHECK(refused({.cpus = {8191}})
          == "setting: cannot start \"/bin/true\": cannot set cpus: Invalid "
             "argument");
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::rlimit const limit{10, 20};
        EXPECT_IN(complaints, ::setrlimit(RLIMIT_CORE, &limit) == 0);
        give_up_privileges(complaints);
        complaints.expect_equal(
            refused({.nice = -5}),
            "setting: cannot start \"/bin/true\": cannot set nice: Permission "
            "denied",
            "nice");
        complaints.expect_equal(
            refused({.limits = {{Resource::core_size, 30}}}),
            "setting: cannot start \"/bin/true\": cannot set limits "
            "(core_size): Operation not permitted",
            "limits");
    });
    CHECK(wrong == "");
}

TEST_CASE("a failing call of each setting is an error that names it",
          "[child][settings][faults]")
{
    NoLeaks const no_leaks;
    struct Row {
        PopenOptions options;
        char const* name;
    };
    Row const rows[] = {
        {{.limits = {{Resource::cpu, 5}}}, "limits (cpu)"},
        {{.nice = 1}, "nice"},
        {{.cpus = {0}}, "cpus"},
        {{.scheduling_idle = true}, "scheduling_idle"},
        {{.no_new_privileges = true}, "no_new_privileges"},
        {{.die_with_parent = SIGKILL}, "die_with_parent"},
        {{.ignored_signals = {SIGINT}}, "ignored_signals"},
    };
    Faults faults;
    for (bool const forked : {false, true})
        for (auto const& row : rows) {
            CAPTURE(row.name, forked);
            faults.reset();
            faults.fail_always("child_syscall", ENOSYS);
            auto options = row.options;
            options.preexec_fn = hook_if(forked);
            try {
                Popen p({"/bin/true"}, options);
                FAIL_CHECK("started");
            } catch (SpawnError const& error) {
                CHECK(error.step() == SpawnStep::setting);
                CHECK(error.details().subject == row.name);
                CHECK(error.code() == std::errc::function_not_supported);
            }
        }
}

TEST_CASE("settings that no child can have are refused before it is started",
          "[child][settings][invalid]")
{
    NoLeaks const no_leaks;
    auto const refusal = [](PopenOptions options) {
        return message_of<std::invalid_argument>([&] {
            Popen p({child("exit_with"), "0"}, std::move(options));
        });
    };
    CHECK(refusal({.limits = {{Resource::open_files, 2, 1}}})
          == "limits (open_files): soft is above hard");
    CHECK(refusal({.limits = {{static_cast<Resource>(200), 2}}})
          == "limits: no such resource");
    CHECK(refusal({.nice = 40}) == "nice is out of the range from -39 to 39");
    CHECK(refusal({.nice = -40}) == "nice is out of the range from -39 to 39");
    CHECK(refusal({.cpus = {0, -1}})
          == "cpus: -1 is the number of no processor");
    CHECK(refusal({.cpus = {8192}})
          == "cpus: 8192 is the number of no processor");
    CHECK(refusal({.die_with_parent = 0}) == "die_with_parent: 0 is no signal");
    CHECK(refusal({.die_with_parent = 99})
          == "die_with_parent: 99 is no signal");
    CHECK(refusal({.ignored_signals = {SIGINT, 65}})
          == "ignored_signals: 65 is no signal");
    CHECK(refusal({.ignored_signals = {SIGKILL}})
          == "ignored_signals: SIGKILL reaches every process");
    CHECK(refusal({.signal_mask = {-1}}) == "signal_mask: -1 is no signal");
    CHECK(refusal({.signal_mask = {SIGSTOP}})
          == "signal_mask: SIGSTOP reaches every process");
}
