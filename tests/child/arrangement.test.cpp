// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Sources that are each other's targets, and a parent without 0, 1 or 2.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

constexpr int report_fd = 10;

constexpr int no_fd = -1;

/// Descriptors 0, 1 and 2 become three different files; what identify_fds
/// writes to descriptor 10 can be read.
class Stage {
public:
    explicit Stage(TemporaryDirectory const& directory)
    {
        for (int fd = 0; fd < 3; ++fd) {
            auto const file =
                open_fd(directory / std::to_string(fd), O_RDWR | O_CREAT);
            ::dup2(file.get(), fd);
        }
        auto pipe = make_pipe();
        read_end_ = copy_fd(pipe.read_end.get(), 20);
        ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
        write_end_ = copy_fd(pipe.write_end.get(), report_fd);
    }

    /// Starts a child with these streams; complains if it sees others.
    void try_one(Complaints const& complaints, PopenOptions options)
    {
        auto const name = name_of(options);
        std::array<std::string, 3> wanted;
        for (int fd = 0; fd < 3; ++fd)
            wanted[index(fd)] = identity(options, fd, wanted);

        options.pass_fds = {write_end_.get()};
        Popen p({child("identify_fds"), write_end_.get()}, options);
        std::array const ours = {p.in().fd(), p.out().fd(), p.err().fd()};
        std::string all;
        for (int fd = 0; fd < 3; ++fd) {
            auto& what = wanted[index(fd)];
            if (what.empty() && ours[index(fd)] != no_fd)
                what = other_end(ours[index(fd)]);
            if (what.empty() && stream(options, fd).kind() == Stdio::out)
                what = wanted[1];
            if (!what.empty())
                all += std::to_string(fd) + ' ' + what + '\n';
            complaints.expect(ours[index(fd)] == no_fd || ours[index(fd)] > 2,
                              name + ": our end is a standard descriptor");
        }
        p.wait();
        complaints.expect_equal(take_report(), all, name);
    }

private:
    static std::size_t index(int fd) { return static_cast<std::size_t>(fd); }

    static Stdio const& stream(PopenOptions const& options, int fd)
    {
        return fd == 0 ? options.in : fd == 1 ? options.out : options.err;
    }

    static std::string name_of(PopenOptions const& options)
    {
        constexpr std::array<char const*, 6> names = {
            "inherit", "pipe", "devnull", "out", "fd", "file"};
        std::string name;
        for (int fd = 0; fd < 3; ++fd) {
            auto const& one = stream(options, fd);
            name += std::string(names[one.kind()])
                  + (one.fd() < 0 ? "" : std::to_string(one.fd())) + ' ';
        }
        return name;
    }

    /// What the child should see; empty: nothing, or a pipe yet to be made.
    static std::string identity(PopenOptions const& options, int fd,
                                std::array<std::string, 3> const& before)
    {
        auto const& wanted = stream(options, fd);
        switch (wanted.kind()) {
        case Stdio::inherit:
            return ::fcntl(fd, F_GETFD) < 0 ? "" : identity_of(fd);
        case Stdio::descriptor: return identity_of(wanted.fd());
        case Stdio::out: return before[1];
        case Stdio::devnull:
            return identity_of(
                open_fd("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY).get());
        default: return {};
        }
    }

    static std::string other_end(int ours)
    {
        auto what = identity_of(ours);
        what.back() = what.back() == 'r' ? 'w' : 'r';
        return what;
    }

    std::string take_report()
    {
        std::array<char, 4096> text;
        auto const count = ::read(read_end_.get(), text.data(), text.size());
        return {text.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

    OwnFd read_end_;
    OwnFd write_end_;
};

/// Every combination of `choices` for stdin and stdout, and `for_err`.
void try_all(Complaints const& complaints, Stage& stage,
             std::vector<Stdio> const& choices,
             std::vector<Stdio> const& for_err, bool forked)
{
    for (auto const& in : choices)
        for (auto const& out : choices)
            for (auto const& err : for_err)
                stage.try_one(complaints, {.in = in,
                                           .out = out,
                                           .err = err,
                                           .preexec_fn = hook_if(forked)});
}

/// Closes 0 if bit 0 of `which` is set, and so on.
void close_standard(int which)
{
    for (int fd = 0; fd < 3; ++fd)
        if ((which >> fd & 1) != 0)
            ::close(fd);
}

} // namespace

TEST_CASE("any arrangement of 0, 1, 2, pipes and files comes out as asked for",
          "[popen][arrangement][fault:I12][promise:P4]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        Stage stage(directory);
        try_all(complaints, stage, {Stdio::inherit, Stdio::pipe, 0, 1, 2},
                {Stdio::out, Stdio::inherit, Stdio::pipe, 0, 1, 2}, false);
    });
    CHECK(wrong == "");
}

TEST_CASE("a forked child gets every arrangement as well",
          "[popen][arrangement][fault:I12][promise:P4]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        Stage stage(directory);
        try_all(complaints, stage, {Stdio::pipe, 1, 2},
                {Stdio::out, Stdio::pipe, 0, 1}, true);
    });
    CHECK(wrong == "");
}

TEST_CASE("a parent without some of 0, 1, 2 gets the right pipes",
          "[popen][arrangement][fault:F02][promise:P4]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    bool const forked = GENERATE(false, true);
    for (int closed = 0; closed < 8; ++closed) {
        CAPTURE(closed);
        auto const wrong =
            in_private_process([&](Complaints const& complaints) {
                Stage stage(directory);
                close_standard(closed);
                try_all(complaints, stage, {Stdio::inherit, Stdio::pipe},
                        {Stdio::inherit, Stdio::pipe}, forked);
                try_all(complaints, stage, {Stdio::devnull, Stdio::pipe},
                        {Stdio::devnull, Stdio::out}, forked);
            });
        CHECK(wrong == "");
    }
}

TEST_CASE("nothing of ours takes the place of a closed 0, 1 or 2",
          "[popen][arrangement][fault:F02]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    for (int closed = 1; closed < 8; ++closed) {
        CAPTURE(closed);
        auto const wrong =
            in_private_process([&](Complaints const& complaints) {
                close_standard(closed);
                Popen p({child("copy")}, {.in = Stdio::pipe,
                                          .out = Stdio::pipe,
                                          .err = Stdio::pipe,
                                          .preexec_fn = hook_if(forked)});
                static_cast<void>(message_of<TimeoutExpired>(
                    [&] { p.wait(std::chrono::nanoseconds(0)); }));
                for (int fd = 0; fd < 3; ++fd) {
                    bool const was_closed = (closed >> fd & 1) != 0;
                    bool const is_closed = ::fcntl(fd, F_GETFD) == -1;
                    complaints.expect(is_closed == was_closed,
                                      std::to_string(fd) + " is in use");
                }
            });
        CHECK(wrong == "");
    }
}

TEST_CASE("stderr cannot go to a stdout that is closed",
          "[popen][arrangement][fault:F02]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::close(1);
        try {
            Popen p({child("exit_with"), 0},
                    {.err = Stdio::out, .preexec_fn = hook_if(forked)});
            complaints.complain("started");
        } catch (SpawnError const& error) {
            EXPECT_IN(complaints, error.step() == SpawnStep::dup);
            EXPECT_IN(complaints,
                      error.code() == std::errc::bad_file_descriptor);
        }
    });
    CHECK(wrong == "");
}

TEST_CASE("an error is reported when 0, 1 and 2 are closed",
          "[popen][arrangement][fault:F02]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        close_standard(7);
        complaints.expect_equal(
            message_of<SpawnError>([&] {
                Popen p({"/no/such/program"}, {.in = Stdio::pipe,
                                               .out = Stdio::pipe,
                                               .preexec_fn = hook_if(forked)});
            }),
            "cannot start \"/no/such/program\": No such file or "
            "directory",
            "message");
        Popen p({child("copy")}, {.in = Stdio::pipe,
                                  .out = Stdio::pipe,
                                  .preexec_fn = hook_if(forked)});
        complaints.expect_equal(p.communicate("through").out.view(), "through",
                                "output");
    });
    CHECK(wrong == "");
}

TEST_CASE("a stream that stays in place loses its close-on-exec flag",
          "[popen][arrangement][fault:I12]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        Stage stage(directory);
        for (int fd = 0; fd < 3; ++fd)
            ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        stage.try_one(
            complaints,
            {.in = 0, .out = 1, .err = 2, .preexec_fn = hook_if(forked)});
        EXPECT_IN(complaints, ::fcntl(0, F_GETFD) == FD_CLOEXEC);
    });
    CHECK(wrong == "");
}
