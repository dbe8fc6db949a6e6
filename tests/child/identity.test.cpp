// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Users, groups and the umask of a child.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

bool is_root()
{
    if (::geteuid() == 0)
        return true;
    WARN("not run: it takes the rights of root");
    return false;
}

/// print_ids, where any user may execute it.
struct PrintIds {
    TemporaryDirectory directory;
    std::string path = directory / "print_ids";

    PrintIds() { copy_child("print_ids", path); }

    std::string as(PopenOptions options) const
    {
        options.cwd = "/";
        return output_of({path}, std::move(options));
    }
};

std::string thrice(unsigned id)
{
    auto const one = std::to_string(id);
    return one + ' ' + one + ' ' + one;
}

} // namespace

TEST_CASE("ids are those of this process by default", "[popen][identity]")
{
    NoLeaks const no_leaks;
    auto const text = output_of({child("print_ids")});
    CHECK(field_of(text, "uid") == thrice(::getuid()));
    CHECK(field_of(text, "gid") == thrice(::getgid()));
}

TEST_CASE("user and group are set by number",
          "[popen][identity][row:P47][row:P49]")
{
    if (!is_root())
        return;
    NoLeaks const no_leaks;
    PrintIds const ids;
    auto const text = ids.as({.user = 12345, .group = 54321});
    CHECK(field_of(text, "uid") == thrice(12345));
    CHECK(field_of(text, "gid") == thrice(54321));
}

TEST_CASE("user and group are looked up by name",
          "[popen][identity][row:P47][row:P49]")
{
    auto const* const user = ::getpwnam("daemon");
    auto const* const group = ::getgrnam("daemon");
    if (!is_root() || user == nullptr || group == nullptr)
        return;
    NoLeaks const no_leaks;
    PrintIds const ids;
    auto const text = ids.as({.user = "daemon", .group = "daemon"});
    CHECK(field_of(text, "uid") == thrice(user->pw_uid));
    CHECK(field_of(text, "gid") == thrice(group->gr_gid));
}

TEST_CASE("extra groups replace those of this process",
          "[popen][identity][row:P48]")
{
    if (!is_root())
        return;
    NoLeaks const no_leaks;
    PrintIds const ids;
    CHECK(field_of(ids.as({.extra_groups = std::vector<Id>{7, 5, 6}}), "groups")
          == "5 6 7");
    if (auto const* const group = ::getgrnam("daemon"))
        CHECK(field_of(ids.as({.extra_groups = std::vector<Id>{"daemon"}}),
                       "groups")
              == std::to_string(group->gr_gid));
}

TEST_CASE("an empty list of extra groups drops all",
          "[popen][identity][row:P48][fault:S05]")
{
    if (!is_root())
        return;
    NoLeaks const no_leaks;
    PrintIds const ids;
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::gid_t const groups[] = {5, 6};
        EXPECT_IN(complaints, ::setgroups(2, groups) == 0);
        complaints.expect_equal(field_of(ids.as({}), "groups"), "5 6",
                                "inherited");
        complaints.expect_equal(
            field_of(ids.as({.extra_groups = std::vector<Id>{}}), "groups"), "",
            "dropped");
    });
    CHECK(wrong == "");
}

TEST_CASE("groups are set before the user gives the right to away",
          "[popen][identity][fault:S06]")
{
    if (!is_root())
        return;
    NoLeaks const no_leaks;
    PrintIds const ids;
    auto const text = ids.as({.start_new_session = true,
                              .user = 1001,
                              .group = 1002,
                              .extra_groups = std::vector<Id>{1003}});
    CHECK(field_of(text, "uid") == thrice(1001));
    CHECK(field_of(text, "gid") == thrice(1002));
    CHECK(field_of(text, "groups") == "1003");
    CHECK(field_of(text, "sid") == field_of(text, "pid"));
}

TEST_CASE("what the system refuses names its step",
          "[popen][identity][fault:S06]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        if (::geteuid() == 0) {
            EXPECT_IN(complaints, ::setgroups(0, nullptr) == 0);
            EXPECT_IN(complaints, ::setgid(65534) == 0);
            EXPECT_IN(complaints, ::setuid(65534) == 0);
        }
        auto const refused = [&](PopenOptions options, SpawnStep step,
                                 std::string_view doing) {
            try {
                Popen p({"/bin/true"}, std::move(options));
                complaints.complain("started");
            } catch (SpawnError const& error) {
                EXPECT_IN(complaints, error.step() == step);
                EXPECT_IN(complaints,
                          error.code() == std::errc::operation_not_permitted);
                complaints.expect_equal(
                    error.what(),
                    "cannot start \"/bin/true\": cannot set the "
                        + std::string(doing) + ": Operation not permitted",
                    "message");
            }
        };
        refused({.user = 0}, SpawnStep::user, "user");
        refused({.group = 0}, SpawnStep::group, "group");
        refused({.extra_groups = std::vector<Id>{}}, SpawnStep::extra_groups,
                "extra groups");
    });
    CHECK(wrong == "");
}

TEST_CASE("changing the ids of a child leaves this process dumpable",
          "[popen][identity][fault:S04]")
{
    if (!is_root())
        return;
    NoLeaks const no_leaks;
    PrintIds const ids;
    REQUIRE(::prctl(PR_GET_DUMPABLE) == 1);
    ids.as({.user = 12345, .group = 54321});
    CHECK(::prctl(PR_GET_DUMPABLE) == 1);
    CHECK(::geteuid() == 0);
}

TEST_CASE("a name that nobody has is an argument error",
          "[popen][identity][fault:I10]")
{
    NoLeaks const no_leaks;
    auto const message = [](PopenOptions options) {
        return message_of<std::invalid_argument>([&] {
            Popen p({child("exit_with"), 0}, std::move(options));
        });
    };
    CHECK(message({.user = "no such one"})
          == "there is no user \"no such one\"");
    CHECK(message({.group = "no such one"})
          == "there is no group \"no such one\"");
    CHECK(message({.extra_groups = std::vector<Id>{0, "no such one"}})
          == "there is no group \"no such one\"");
    CHECK(message({.user = ""}) == "there is no user \"\"");
}

TEST_CASE("an id out of range is an argument error, not another id",
          "[popen][identity][fault:I10]")
{
    using Bad = std::invalid_argument;
    CHECK_THROWS_AS(Id(-1), Bad);
    CHECK_THROWS_AS(Id(-2L), Bad);
    CHECK_THROWS_AS(Id(4294967295U), Bad);
    CHECK_THROWS_AS(Id(4294967296ULL), Bad);
    CHECK_THROWS_AS(Id(INT64_MIN), Bad);
    CHECK_THROWS_AS(Id(UINT64_MAX), Bad);
    CHECK(Id(4294967294U).number() == 4294967294U);
    CHECK(Id(0).number() == 0);
    CHECK(!Id(0).is_name());
    CHECK(Id("root").is_name());
    CHECK(Id("root").name() == "root");
    STATIC_REQUIRE(!std::is_constructible_v<Id, bool>);
    STATIC_REQUIRE(!std::is_constructible_v<Id, std::nullptr_t>);
}

TEST_CASE("umask is that of the child alone", "[popen][umask][row:P50]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const umask_with = [&](int mask) {
        return field_of(
            output_of({child("print_ids")},
                      {.umask = mask, .preexec_fn = hook_if(forked)}),
            "umask");
    };
    auto const ours = ::umask(026);
    auto const inherited = umask_with(-1);
    ::umask(ours);
    CHECK(inherited == "0026");
    CHECK(umask_with(0) == "0000");
    CHECK(umask_with(0777) == "0777");
    CHECK(umask_with(027) == "0027");
}
