// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/private_process.hpp"

#include "support/files.hpp"
#include "support/watchdog.hpp"

#include <exception>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace runnel::test {

void Complaints::complain(std::string_view what) const
{
    auto const line = std::string(what) + '\n';
    static_cast<void>(!::write(fd_, line.data(), line.size()));
}

void Complaints::expect_equal(std::string_view got, std::string_view wanted,
                              std::string_view what) const
{
    if (got != wanted)
        complain(std::string(what) + ": got \"" + std::string(got)
                 + "\", wanted \"" + std::string(wanted) + '"');
}

namespace {

[[noreturn]] void run(std::function<void(Complaints const&)> const& test,
                      int fd)
{
    ::signal(SIGALRM, SIG_DFL);
    ::alarm(patient(15));
    Complaints const complaints(fd);
    try {
        test(complaints);
    } catch (std::exception const& error) {
        complaints.complain(std::string("threw: ") + error.what());
    } catch (...) {
        complaints.complain("threw something");
    }
    ::_exit(0);
}

} // namespace

std::string
in_private_process(std::function<void(Complaints const&)> const& test)
{
    auto pipe = make_pipe();
    // Far above the descriptors that the test uses.
    auto report = copy_fd(pipe.write_end.get(), 900);
    pipe.write_end.close();
    ::fflush(nullptr);
    pid_t const pid = ::fork();
    if (pid < 0)
        return "cannot fork";
    if (pid == 0) {
        pipe.read_end.close();
        run(test, report.get());
    }
    report.close();
    auto complaints = read_all(pipe.read_end.get());
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid)
        complaints += "the private process is lost\n";
    else if (WIFSIGNALED(status))
        complaints += std::string("the private process died: ")
                    + ::strsignal(WTERMSIG(status)) + '\n';
    else if (WEXITSTATUS(status) != 0)
        complaints += "the private process exited with "
                    + std::to_string(WEXITSTATUS(status)) + '\n';
    return complaints;
}

} // namespace runnel::test
