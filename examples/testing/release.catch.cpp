// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How to test a tool that runs programs, with Catch2; see docs/testing.md.
#include "release.hpp"

#include <runnel/recording.hpp>
#include <runnel/scripted.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <memory>

using namespace runnel;

namespace {

/// Git in a clean repository with one commit since 1.0.
struct FakeGit {
    FakeGit()
    {
        git.on("git", "status", any_words);
        git.on("git", "describe", any_words).out("1.0\n");
        git.on("git", "log", any_words).out("Fix it\nMerge main\n");
    }
    Scripted git;
    UseExecutor const scope{git};
};

std::unique_ptr<Executor> golden(std::string const& file)
{
    if (std::getenv("RECORD") != nullptr)
        return std::make_unique<Recording>(file);
    return std::make_unique<Replaying>(file);
}

} // namespace

TEST_CASE_METHOD(FakeGit, "a release is tagged with its notes and pushed")
{
    git.on("git", "tag", "--file=-", "1.1").input("1.1\n- Fix it\n");
    git.on("git", "push", any_words, "1.1").once();
    CHECK(make_release("1.1") == "1.1\n- Fix it\n");
    CHECK(git.problems() == "");
}

TEST_CASE("changes that are not committed keep a release from being made")
{
    Scripted git;
    git.on("git", "status", any_words).out(" M file\n");
    UseExecutor const scope(git);
    CHECK_THROWS_WITH(make_release("1.1"), Catch::Contains("not committed"));
    CHECK(git.problems() == "");
}

TEST_CASE_METHOD(FakeGit, "a push that fails is tried again")
{
    git.on("git", "tag", any_words);
    git.on("git", "push", any_words).times(2).err("try later\n").exits(1);
    git.on("git", "push", any_words).once();
    make_release("1.1");
    CHECK(git.problems() == "");
}

TEST_CASE_METHOD(FakeGit, "a tag that cannot be pushed is removed")
{
    git.on("git", "tag", "--file=-", any_words);
    git.on("git", "push", any_words).times(3).exits(128);
    git.on("git", "tag", "--delete", "1.1").once();
    CHECK_THROWS_AS(make_release("1.1"), CalledProcessError);
    CHECK(git.problems() == "");
}

TEST_CASE("without git there is no release")
{
    Scripted git;
    git.on("git", any_words).cannot_start();
    UseExecutor const scope(git);
    CHECK_THROWS_AS(make_release("1.1"), SpawnError);
}

TEST_CASE("a release is made as it was when it was recorded")
{
    auto const git = golden(RELEASE_RECORDING);
    UseExecutor const scope(*git);
    CHECK(make_release("1.1") == "1.1\n- Say goodbye\n- Greet politely\n");
}
