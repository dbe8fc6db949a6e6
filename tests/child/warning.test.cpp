// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a debug build says when a destructor waits for long.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Reads up to the end of a line.
std::string line_from(int fd)
{
    std::string line;
    for (char c; line.find('\n') == line.npos && ::read(fd, &c, 1) == 1;)
        line += c;
    return line;
}

} // namespace

#ifndef NDEBUG
TEST_CASE("a destructor that waits for a second says for whom",
          "[popen][on_destroy][row:P53]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& told) {
              auto pipe = make_pipe();
              ::dup2(pipe.write_end.get(), 2);
              pipe.write_end.close();
              std::string warning;
              int pid = 0;
              std::thread reader;
              {
                  Popen p({"sleep", "1000"});
                  pid = p.pid();
                  reader = std::thread([&] {
                      warning = line_from(pipe.read_end.get());
                      ::kill(pid, SIGKILL);
                  });
              }
              reader.join();
              told.expect_equal(warning,
                                "runnel: the destructor of a Popen waits for "
                                "\"sleep 1000\" (pid "
                                    + std::to_string(pid)
                                    + "); see OnDestroy\n",
                                "warning");
          })
          == "");
}
#endif

TEST_CASE("a destructor that waits for less is silent",
          "[popen][on_destroy][row:P53]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& told) {
              TemporaryDirectory const directory;
              auto const file = open_fd(directory / "stderr", O_RDWR | O_CREAT);
              ::dup2(file.get(), 2);
              {
                  Popen p({child("copy")}, {.in = Stdio::pipe});
              }
              told.expect_equal(read_file(directory / "stderr"), "", "stderr");
          })
          == "");
}

TEST_CASE("a destructor that does not wait is silent",
          "[popen][on_destroy][row:P53]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& told) {
              TemporaryDirectory const directory;
              auto const file = open_fd(directory / "stderr", O_RDWR | O_CREAT);
              ::dup2(file.get(), 2);
              int pid = 0;
              {
                  Popen p({"sleep", "1000"}, {.on_destroy = OnDestroy::detach});
                  pid = p.pid();
              }
              ::kill(pid, SIGKILL);
              told.expect_equal(read_file(directory / "stderr"), "", "stderr");
          })
          == "");
}
