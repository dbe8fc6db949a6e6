// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `progress`, on a terminal and without one.
#include "seen/progress_line.hpp"
#include "seen/quantity.hpp"
#include "seen/support.hpp"
#include "seen/width.hpp"
#include "support/leaks.hpp"

#include <runnel/progress.hpp>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// A terminal of 70 columns whose screen the test reads.
class Terminal {
public:
    Terminal() : controller_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
    {
        ::unlockpt(controller_.get());
        line_ = open_fd(::ptsname(controller_.get()), O_RDWR | O_NOCTTY);
        ::termios settings{};
        ::tcgetattr(line_.get(), &settings);
        settings.c_oflag &= ~tcflag_t{OPOST};
        ::tcsetattr(line_.get(), TCSANOW, &settings);
        ::winsize const size{24, 70, 0, 0};
        ::ioctl(line_.get(), TIOCSWINSZ, &size);
    }

    int fd() const { return line_.get(); }

    /// Waits until `text` has been shown.
    void wait_for(std::string_view text)
    {
        while (!has(shown_, text))
            read();
    }

    /// All that was shown.
    std::string all()
    {
        line_.close();
        while (read()) {}
        return shown_;
    }

private:
    bool read()
    {
        char some[256];
        auto const count = ::read(controller_.get(), some, sizeof some);
        if (count > 0)
            shown_.append(some, static_cast<std::size_t>(count));
        return count > 0;
    }

    OwnFd controller_;
    OwnFd line_;
    std::string shown_;
};

Command copy()
{
    return cmd(child("copy")).named("copy");
}

} // namespace

TEST_CASE("progress passes all bytes on", "[seen][progress]")
{
    NoLeaks const no_leaks;
    std::string bytes;
    for (int i = 0; i < 1'000'000; ++i)
        bytes += static_cast<char>(i * 7 / 3);
    Terminal terminal;
    auto const e = (copy() < text(bytes)) | progress("x", {.fd = terminal.fd()})
                 | copy() | capture;
    CHECK(run(e).out == bytes);
}

TEST_CASE("progress writes nothing if stderr is no terminal",
          "[seen][progress][guard]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    auto const e = (copy() < text("abc"))
                 | progress("x", {.fd = pipe.write_end.get(), .interval = 1ms})
                 | copy() | capture;
    CHECK(run(e).out == "abc");
    pipe.write_end.close();
    CHECK(read_all(pipe.read_end.get()) == "");
}

TEST_CASE("progress leaves its last line on the terminal",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    auto const e = (copy() < text("abc"))
                 | progress("pack", {.fd = terminal.fd(), .interval = 1h})
                 | copy() | capture;
    CHECK(run(e));
    auto const shown = terminal.all();
    CHECK(shown.starts_with("\rpack: 3 B in 0.0 s"));
    CHECK(shown.ends_with('\n'));
}

TEST_CASE("progress names the command whose output it waits for",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    auto const slow = cmd(child("copy")).named("slow") < Stdio::pipe;
    auto const shown = progress("x", {.fd = terminal.fd(), .interval = 1ms});
    auto job = start((slow | shown | copy()) > devnull);
    terminal.wait_for("waiting for slow");
    job.in().close();
    CHECK(job.wait());
}

TEST_CASE("progress names the command that does not read on",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    auto const shown = progress("x", {.fd = terminal.fd(), .interval = 1ms});
    auto const lazy = cmd(child("sleep_until_killed")).named("lazy") > devnull;
    auto job = start(cmd(child("write_forever")) | shown | lazy);
    terminal.wait_for("waiting for lazy");
    job.kill();
    CHECK_FALSE(job.wait());
}

TEST_CASE("progress knows the size of a file that it reads",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    write_file(folder / "f", std::string(2048, 'x'));
    Terminal terminal;
    auto const e = (progress("", {.fd = terminal.fd()}) < (folder / "f"))
                 | copy() | capture;
    CHECK(run(e).out.view().size() == 2048);
    CHECK(has(terminal.all(), "\r2.00 KiB of 2.00 KiB, 100% in "));
}

TEST_CASE("a size of 0 is none: files of /proc say that",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    auto const e = (progress("", {.fd = terminal.fd()}) < "/proc/self/status")
                 | copy() | capture;
    CHECK(!run(e).out.view().empty());
    CHECK_FALSE(has(terminal.all(), "%"));
}

TEST_CASE("progress waits for no interval at its end",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    auto const options = ProgressOptions{
        .fd = terminal.fd(), .interval = std::chrono::milliseconds::max()};
    auto const e =
        cmd(child("print"), "abc") | progress("", options) | copy() | capture;
    CHECK(run(e).out == "abc");
    CHECK(count_of(terminal.all(), "\r") == 1);
}

TEST_CASE("progress works where lines are read from it", "[seen][progress]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    std::string all;
    for (std::string_view line : (copy() < text("a\nb\n"))
                                     | progress("x", {.fd = terminal.fd()})
                                     | lines)
        all += line;
    CHECK(all == "ab");
    CHECK(has(terminal.all(), "x: 4 B in "));
}

TEST_CASE("a line of progress is never wider than the terminal",
          "[seen][progress][terminal]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    std::string label(100, 'x');
    auto const e = (copy() < text("abc"))
                 | progress(label, {.fd = terminal.fd()}) | copy() | capture;
    CHECK(run(e));
    auto const shown = terminal.all();
    CHECK(shown.starts_with("\rxxx"));
    CHECK(shown.ends_with("xxx...\n"));
    CHECK(shown.size() == 71); // with \r and \n
}

TEST_CASE("the interval of progress is above 0", "[seen][progress]")
{
    CHECK_THROWS_AS(progress("x", {.interval = 0ms}), std::invalid_argument);
}

// --- the line ----------------------------------------------------------------------

TEST_CASE("the bottleneck is what takes more than two thirds of the time",
          "[seen][progress]")
{
    CHECK(bottleneck({70ms, 30ms}, "a", "b") == "a");
    CHECK(bottleneck({30ms, 70ms}, "a", "b") == "b");
    CHECK(bottleneck({60ms, 40ms}, "a", "b") == "");
    CHECK(bottleneck({70ms, 30ms}, "", "") == "input");
    CHECK(bottleneck({30ms, 70ms}, "", "") == "output");
    CHECK(bottleneck({}, "a", "b") == "");
}

TEST_CASE("the line tells bytes, rate and what is left", "[seen][progress]")
{
    ProgressView view{.label = "load",
                      .bytes = 30 << 20,
                      .size = 120 << 20,
                      .so_far = {2s, 1s},
                      .lately = {0s, 1s},
                      .before = "cat",
                      .after = "mysql"};
    CHECK(progress_line(view, 200)
          == "load: 30.0 MiB of 120 MiB, 25% in 3.0 s, 10.0 MiB/s, 9.0 s left, "
             "waiting for mysql");
    view.is_over = true;
    view.so_far = {80s, 10s};
    CHECK(progress_line(view, 200)
          == "load: 30.0 MiB of 120 MiB, 25% in 1:30, 341 KiB/s, mostly waited "
             "for cat");
    CHECK(width_of(progress_line(view, 20)) == 20);
}

TEST_CASE("an empty input and a wrong size are no numbers out of reach",
          "[seen][progress]")
{
    CHECK(progress_line({.size = 0}, 80) == "0 B of 0 B, 100% in 0.0 s, 0 B/s");
    CHECK(progress_line({.bytes = 5, .size = 2, .so_far = {1s, 1s}}, 80)
          == "5 B of 2 B, 250% in 2.0 s, 2 B/s");
}

// --- quantities --------------------------------------------------------------------

TEST_CASE("durations and sizes have three digits and a unit", "[seen][text]")
{
    CHECK(text_of(0ns) == "0 us");
    CHECK(text_of(312us) == "312 us");
    CHECK(text_of(4210us) == "4.21 ms");
    CHECK(text_of(999600us) == "1.00 s");
    CHECK(text_of(12340ms) == "12.3 s");
    CHECK(text_of(123s) == "2:03");
    CHECK(text_of(3723s) == "1:02:03");
    CHECK(text_of_bytes(1023) == "1023 B");
    CHECK(text_of_bytes(1024) == "1.00 KiB");
    CHECK(text_of_bytes(1'048'575) == "1.00 MiB");
    CHECK(text_of_bytes(std::uint64_t(-1)) == "16.0 EiB");
}

TEST_CASE("the width of text is that of a terminal", "[seen][text]")
{
    CHECK(width_of("abc") == 3);
    CHECK(width_of("\u00e9\u4e2d") == 3);
    CHECK(width_of("e\u0301") == 1);
    CHECK(width_of("\xff\xfe") == 2);
    CHECK(fitted("abcdef", 5) == "ab...");
    CHECK(fitted("\u4e2d\u4e2d\u4e2d", 5) == "\u4e2d...");
    CHECK(fitted("abcdef", 2) == "..");
}
