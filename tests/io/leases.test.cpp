// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Files that another process has leased.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Gives the lease up when the kernel asks for it.
void give_up_lease(int, siginfo_t* info, void*)
{
    ::fcntl(info->si_fd, F_SETLEASE, F_UNLCK);
}

/// A lease of this process on `path`, given up by a signal handler.
int lease(std::string const& path)
{
    struct sigaction action {};
    action.sa_sigaction = give_up_lease;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(SIGUSR1, &action, nullptr);
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::fcntl(fd, F_SETSIG, SIGUSR1);
    return ::fcntl(fd, F_SETLEASE, F_RDLCK) == 0 ? fd : -1;
}

} // namespace

TEST_CASE("writing to a file waits until its lease was given up",
          "[io][files][found:A16]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const path = directory / "f";
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        for (bool const appends : {false, true}) {
            write_file(path, "old ");
            int const fd = lease(path);
            if (fd < 0)
                return; // not every file system knows leases
            auto const to = appends ? append(path) : Stdio(path);
            EXPECT_IN(complaints, bool(run(cmd(child("print"), "new") > to)));
            ::close(fd);
            EXPECT_IN(complaints,
                      read_file(path) == (appends ? "old new" : "new"));
            int const again = lease(path);
            EXPECT_IN(complaints,
                      Popen({child("print"), "x"}, {.out = to}).wait() == 0);
            ::close(again);
        }
    });
    CHECK(wrong == "");
}
