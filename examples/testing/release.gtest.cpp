// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The same with GoogleTest; see docs/testing.md.
#include "release.hpp"

#include <runnel/recording.hpp>
#include <runnel/scripted.hpp>

#include <gtest/gtest.h>

using namespace runnel;

namespace {

/// Every test has a git of its own, and checks in the end that all went as expected.
class Release : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(git.problems(), ""); }

    Scripted git;
    UseExecutor const scope{git};
};

TEST_F(Release, IsTaggedWithItsNotesAndPushed)
{
    git.on("git", "status", any_words);
    git.on("git", "describe", any_words).out("1.0\n");
    git.on("git", "log", any_words, "1.0..HEAD").out("Fix it\nMerge main\n");
    git.on("git", "tag", "--file=-", "1.1").input("1.1\n- Fix it\n");
    git.on("git", "push", any_words, "1.1").once();
    EXPECT_EQ(make_release("1.1"), "1.1\n- Fix it\n");
}

TEST_F(Release, NeedsACleanTree)
{
    git.on("git", "status", any_words).out(" M file\n");
    EXPECT_THROW(make_release("1.1"), std::runtime_error);
}

TEST_F(Release, NeedsGit)
{
    git.on("git", any_words).cannot_start();
    EXPECT_THROW(make_release("1.1"), SpawnError);
}

} // namespace
