// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Conversations: reading up to a text, for a time, or what is there.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/terminal.hpp"

#include "io/stream_access.hpp"

#include <runnel/iostream.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;

/// A stream whose bytes the test writes itself.
class Fed {
public:
    explicit Fed(int bufsize = -1,
                 std::optional<TextMode> const& mode = std::nullopt)
    {
        auto pipe = make_pipe();
        write_end_ = std::move(pipe.write_end);
        detail::StreamAccess::open(stream, sys::Fd(pipe.read_end.release()),
                                   bufsize, "stdout", mode);
    }

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto const count =
                ::write(write_end_.get(), bytes.data(), bytes.size());
            if (count <= 0) // the test has left
                return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    void end() { write_end_.close(); }

    ReadStream stream;

private:
    OwnFd write_end_;
};

TextMode text_mode(char const* encoding)
{
    return TextMode(Encoding(encoding), TextErrors::strict);
}

bool is_late(ReadStream& stream, std::string_view text)
{
    try {
        stream.read_until(text, 0s);
    } catch (TimeoutExpired const&) {
        return true;
    }
    return false;
}

std::string shown(Match const& match)
{
    return std::to_string(match.index) + " [" + match.before + "] ["
         + match.text + ']';
}

int waiting_in(int fd)
{
    int count = -1;
    ::ioctl(fd, FIONREAD, &count);
    return count;
}

} // namespace

// --- what is found -----------------------------------------------------------------

TEST_CASE("read_until gives all up to the text, with the text", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed(GENERATE(-1, 0, 1, 2, 5));
    fed.write("one > two > three");
    CHECK(fed.stream.read_until(" > ") == "one > ");
    CHECK(fed.stream.read_until(" > ") == "two > ");
    CHECK(fed.stream.read_until("th"s) == "th");
    fed.end();
    CHECK(fed.stream.read() == "ree");
}

TEST_CASE("a text is found wherever the reads cut it", "[talk]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 2);
    std::string const bytes = "hello\n>>>> >>> more";
    for (std::size_t cut = 0; cut <= 14; ++cut) {
        Fed fed(bufsize);
        fed.write(bytes.substr(0, cut));
        CHECK(is_late(fed.stream, "> >>> "));
        fed.write(bytes.substr(cut));
        CHECK(fed.stream.read_until("> >>> ") == "hello\n>>>> >>> ");
        CHECK(fed.stream.read(4) == "more");
    }
}

TEST_CASE("a child that asks without a newline is answered", "[talk][popen]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 2);
    Popen p({child("converse"), "name? "},
            {.in = Stdio::pipe, .out = Stdio::pipe, .bufsize = bufsize});
    CHECK(p.out().read_until("? ") == "name? ");
    p.in().write("me\n");
    p.in().flush();
    CHECK(p.out().read_until("? ") == "you said me\nname? ");
    p.in().write("you\n");
    p.in().flush();
    CHECK(p.out().readline() == "you said you\n");
    p.in().write("bye\n");
    p.in().close();
    CHECK(p.out().read() == "name? ");
    CHECK(p.wait() == 3);
}

TEST_CASE("expect tells which text came, and what came before it", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed(GENERATE(-1, 0, 3));
    fed.write("a password: b> c");
    CHECK(shown(fed.stream.expect({"> ", "password: "}))
          == "1 [a ] [password: ]");
    auto const [index, before, text] =
        fed.stream.expect(std::vector<std::string>{"> ", "password: "});
    CHECK(index == 0);
    CHECK(before == "b");
    CHECK(text == "> ");
    CHECK(fed.stream.read(1) == "c");
}

TEST_CASE("overlapping texts: the one that is complete first is found, however "
          "the bytes arrive",
          "[talk]")
{
    NoLeaks const no_leaks;
    std::string const bytes = "an error.";
    struct {
        std::initializer_list<detail::TextView> texts;
        char const* result;
    } const rules[] = {
        {{"error", "an"}, "1 [] [an]"}, // begins first
        {{"error", "err"}, "1 [an ] [err]"}, // at its beginning
        {{"error", "rro"}, "1 [an e] [rro]"}, // inside
        {{"ror", "error"}, "1 [an ] [error]"}, // at its end
        {{"err", "n er"}, "1 [a] [n er]"}, // begins earlier
        {{"or", "err", "err"}, "1 [an ] [err]"}, // equal
    };
    for (auto const& [texts, result] : rules)
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            Fed fed;
            std::string found;
            fed.write(bytes.substr(0, cut));
            try {
                found = shown(fed.stream.expect(texts, 0s));
            } catch (TimeoutExpired const&) {
                fed.write(bytes.substr(cut));
                found = shown(fed.stream.expect(texts));
            }
            CHECK(found == result);
        }
}

TEST_CASE("a text at the beginning of another is given without waiting",
          "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    fed.write("err");
    CHECK(shown(fed.stream.expect({"error", "err"})) == "1 [] [err]");
}

TEST_CASE("a condition sees all that was read, and gets all of it", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed(GENERATE(-1, 0, 2));
    fed.write("12345");
    std::string seen;
    auto const five = [&](std::string_view text) {
        CHECK(text.starts_with(seen));
        seen = text;
        return text.size() >= 5;
    };
    CHECK(fed.stream.read_until(five) == "12345");
    CHECK(seen == "12345");
    fed.write("x$ ");
    CHECK(fed.stream.read_until(
              [](std::string_view text) { return text.ends_with("$ "); }, 10s)
          == "x$ ");
    CHECK(fed.stream.read_until([](std::string_view) { return true; }) == "");
}

TEST_CASE("if a condition throws, no byte is lost", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    fed.write("bytes");
    CHECK_THROWS_AS(fed.stream.read_until([](std::string_view text) -> bool {
        return text.empty() ? false : throw 7;
    }),
                    int);
    CHECK(fed.stream.read(5) == "bytes");
}

TEST_CASE("NUL bytes are found as any other", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    fed.write("a\0b\0\0c"s);
    CHECK(fed.stream.read_until("\0\0"s) == "a\0b\0\0"s);
}

TEST_CASE("without a buffer, no byte behind the text is read", "[talk][guard]")
{
    NoLeaks const no_leaks;
    Fed fed(0);
    fed.write("one> two");
    CHECK(fed.stream.read_until("> ") == "one> ");
    CHECK(waiting_in(fed.stream.fd()) == 3);
    CHECK(fed.stream.expect({"w"}).before == "t");
    CHECK(waiting_in(fed.stream.fd()) == 1);
}

// --- limits ------------------------------------------------------------------------

TEST_CASE("after a timeout, the next read gets all bytes", "[talk]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 3);
    auto const rest_by = [&](auto read) {
        Fed fed(bufsize);
        fed.write("one\ntwo");
        CHECK(is_late(fed.stream, "three"));
        CHECK_THROWS_AS(fed.stream.expect({"x", "y"}, 0s), TimeoutExpired);
        CHECK_THROWS_AS(
            fed.stream.read_until([](std::string_view) { return false; }, 0s),
            TimeoutExpired);
        fed.write("!\n");
        fed.end();
        return read(fed.stream);
    };
    std::string const all = "one\ntwo!\n";
    CHECK(rest_by([](ReadStream& s) { return s.read(); }) == all);
    CHECK(rest_by([](ReadStream& s) { return s.read(9); }) == all);
    CHECK(rest_by([](ReadStream& s) {
              auto const first = s.readline();
              return first + s.readline();
          })
          == all);
    CHECK(rest_by([](ReadStream& s) { return s.read_for(10s); }) == all);
    CHECK(rest_by([](ReadStream& s) { return s.try_read().value_or("-"); })
          == all);
    CHECK(rest_by([](ReadStream& s) { return s.read_until("!\n"); }) == all);
    CHECK(rest_by([](ReadStream& s) {
              std::array<char, 3> some;
              std::string got;
              while (auto const count = s.read_some(some))
                  got.append(some.data(), count);
              return got;
          })
          == all);
    CHECK(rest_by([](ReadStream& s) {
              std::string got;
              for (std::string_view line : s | lines({.keep_ends = true}))
                  got += line;
              return got;
          })
          == all);
    CHECK(rest_by([](ReadStream& s) {
              InputStream in(s);
              std::string a;
              std::string b;
              in >> a >> b;
              return a + '\n' + b + '\n';
          })
          == all);
    CHECK(rest_by([](ReadStream& s) {
              std::string ahead;
              OwnFd const fd(s.detach(&ahead));
              return ahead + read_all(fd.get());
          })
          == all);
}

TEST_CASE("communicate gives what a timeout has left", "[talk][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("converse"), "> "}, {.in = Stdio::pipe, .out = Stdio::pipe});
    p.out().read_until("> ");
    p.in().write("x\n");
    CHECK_THROWS_AS(p.out().read_until("never", 20ms), TimeoutExpired);
    CHECK(p.communicate().out == "you said x\n> ");
}

TEST_CASE("what lines has read ahead, a conversation gets", "[talk][lines]")
{
    NoLeaks const no_leaks;
    Fed fed;
    fed.write("one\ntwo\nname? ");
    for (std::string_view line : fed.stream | lines)
        if (line == "two") // which no iterator passes
            break;
    CHECK(fed.stream.read_until("? ") == "two\nname? ");
}

TEST_CASE("a timeout says what was waited for and shows the last lines",
          "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    auto const text = [&](auto act) { return message_of<TimeoutExpired>(act); };
    CHECK(text([&] { fed.stream.read_until("ready", 0s); })
          == "\"reading stdout until 'ready'\" timed out after 0 s; nothing "
             "was read");
    fed.write("starting\nbinding port 80\n");
    CHECK(
        text([&] {
            fed.stream.expect({"ready", "err", "it's"}, 10ms);
        })
        == "\"reading stdout until 'ready', 'err' or 'it'\"'\"'s'\" timed out "
           "after 10 ms; read so far:\n    starting\n    binding port 80");
    CHECK(text([&] { fed.stream.read_until(std::string(50, 'x'), 0s); })
              .starts_with("\"reading stdout until '" + std::string(40, 'x')
                           + "'...\" timed out"));
    CHECK(
        text([&] {
            fed.stream.read_until([](std::string_view) { return false; },
                                  std::chrono::steady_clock::now());
        })
            .starts_with("\"reading stdout until the condition is true\" timed "
                         "out at its deadline"));
}

TEST_CASE("a timeout holds the end of what was read", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    std::string much(5000, 'x');
    much += "the end";
    fed.write(much);
    try {
        fed.stream.read_until("?", 0s);
        CHECK(false);
    } catch (TimeoutExpired const& late) {
        CHECK(late.command() == "reading stdout until '?'");
        CHECK(late.timeout().limit() == 0s);
        CHECK(late.out() == much.substr(much.size() - 4096));
        CHECK(late.out().truncated());
        CHECK(late.result().stages.empty());
    }
    CHECK(fed.stream.read(much.size()) == much);
}

TEST_CASE("what is there at the deadline is still searched", "[talk][guard]")
{
    NoLeaks const no_leaks;
    Fed fed(GENERATE(-1, 0, 2));
    fed.write("some > bytes");
    CHECK(fed.stream.read_until(" > ", 0s) == "some > ");
    CHECK(fed.stream.read_until("bytes", std::chrono::steady_clock::now() - 1s)
          == "bytes");
}

TEST_CASE("a deadline holds against a writer that never stops",
          "[talk][popen][guard]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_forever")}, {.out = Stdio::pipe});
    CHECK_THROWS_AS(p.out().read_until("never", 20ms), TimeoutExpired);
    CHECK(p.out().read_for(20ms).starts_with("y"));
    wait_for_output(p);
    CHECK(p.out().try_read());
    p.kill();
}

TEST_CASE("the end of a stream before the text is an error that loses nothing",
          "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed(GENERATE(-1, 0, 3));
    fed.write("usage: x\nbye");
    fed.end();
    try {
        fed.stream.expect({"ready", "up"});
        CHECK(false);
    } catch (EndOfFile const& error) {
        CHECK(error.what()
              == "stdout ended before 'ready' or 'up'; read so far:\n    "
                 "usage: x\n    bye"s);
        CHECK(error.wanted() == "'ready' or 'up'");
        CHECK(error.out() == "usage: x\nbye");
        CHECK(error.code() == std::errc::no_message);
    }
    CHECK(message_of<EndOfFile>([&] {
              fed.stream.read_until([](std::string_view) { return false; });
          })
          == "stdout ended before the condition is true; read so far:\n    "
             "usage: x\n    bye");
    CHECK(fed.stream.read_until("bye") == "usage: x\nbye");
    CHECK(message_of<EndOfFile>([&] { fed.stream.read_until("ready"); })
          == "stdout ended before 'ready'; nothing was read");
    CHECK(fed.stream.read() == "");
}

TEST_CASE("a stop request ends a wait, and loses nothing", "[talk][guard]")
{
    NoLeaks const no_leaks;
    Fed fed;
    fed.write("bytes");
    StopSource source;
    std::atomic<bool> waits = false;
    std::thread asks([&] {
        waits.wait(false);
        source.request_stop();
    });
    auto const never = [&](std::string_view seen) {
        waits = seen == "bytes";
        waits.notify_one();
        return false;
    };
    CHECK(message_of<StopRequested>(
              [&] { fed.stream.read_until(never, {}, source.token()); })
          == "\"reading stdout\" was stopped on request");
    asks.join();
    CHECK_THROWS_AS(fed.stream.read_for({}, source.token()), StopRequested);
    CHECK_THROWS_AS(fed.stream.expect({"x"}, {}, source.token()),
                    StopRequested);
    CHECK(fed.stream.read(5) == "bytes");
}

TEST_CASE("a stage that waits for a text is cancelled", "[talk][guard]")
{
    NoLeaks const no_leaks;
    std::atomic<bool> waits = false;
    auto const asks = stage([&waits](LineRange) {
        Popen p({child("write_then_wait"), "text"},
                {.out = Stdio::pipe, .on_destroy = OnDestroy::teardown});
        return std::vector{p.out().read_until([&](std::string_view seen) {
            waits = seen == "text";
            waits.notify_one();
            return false;
        })};
    });
    auto job = start(cmd(child("sleep_until_killed")) | asks | capture);
    waits.wait(false);
    job.tear_down();
    CHECK(job.statuses()[0]->signal() == SIGTERM);
}

// --- what is there, and what comes in a time ------------------------------------------

TEST_CASE("try_read tells nothing from the end", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed(GENERATE(-1, 0, 3));
    CHECK(fed.stream.try_read() == std::nullopt);
    fed.write("some bytes");
    CHECK(fed.stream.try_read() == "some bytes");
    CHECK(fed.stream.try_read() == std::nullopt);
    fed.write("the last");
    fed.end();
    CHECK(fed.stream.try_read() == "the last");
    CHECK(fed.stream.try_read() == "");
    CHECK(fed.stream.try_read() == "");
}

TEST_CASE("try_read gives what was read ahead, with what came behind it",
          "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    fed.write("one\ntwo");
    CHECK(fed.stream.readline() == "one\n");
    fed.write("three");
    CHECK(fed.stream.try_read() == "twothree");
}

TEST_CASE("read_for gives what comes, and ends at the end of the stream",
          "[talk][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("slow_writer"), "slowly"}, {.out = Stdio::pipe});
    CHECK(p.out().read_for(Timeout::forever()) == "slowly");
    CHECK(p.out().read_for(Timeout::forever()) == "");
    Fed fed;
    fed.write("there");
    CHECK(fed.stream.read_for(10ms) == "there");
    CHECK(fed.stream.read_for(10ms) == "");
}

// --- text mode ---------------------------------------------------------------------

TEST_CASE("in text mode a text is found wherever the reads cut it",
          "[talk][text]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 0, 2);
    std::string const bytes = "gr\xc3\xbc\xc3\x9f\r\ndich\r\xe2\x82\xac> \r\n";
    for (std::size_t cut = 0; cut <= bytes.size() - 3; ++cut) {
        Fed fed(bufsize, text_mode("utf-8"));
        fed.write(bytes.substr(0, cut));
        CHECK(is_late(fed.stream, "\n\xe2\x82\xac> "));
        fed.write(bytes.substr(cut));
        CHECK(fed.stream.read_until("\n\xe2\x82\xac> ")
              == "gr\xc3\xbc\xc3\x9f\ndich\n\xe2\x82\xac> ");
        fed.end();
        CHECK(fed.stream.read() == "\n");
    }
}

TEST_CASE("the wanted text is UTF-8 in every encoding of the child",
          "[talk][text]")
{
    NoLeaks const no_leaks;
    std::string const bytes = "\xff\xfeg\0r\0\xfc\0\xdf\0>\0\r\0\n\0"s;
    for (std::size_t cut = 0; cut < 11; ++cut) {
        Fed fed(-1, text_mode("utf-16"));
        fed.write(bytes.substr(0, cut));
        CHECK(is_late(fed.stream, ">"));
        fed.write(bytes.substr(cut));
        CHECK(fed.stream.read_until(">") == "gr\xc3\xbc\xc3\x9f>");
        CHECK(fed.stream.try_read() == "\n");
    }
}

TEST_CASE("half a character is not there yet", "[talk][text]")
{
    NoLeaks const no_leaks;
    Fed fed(-1, text_mode("utf-8"));
    fed.write("\xe2\x82");
    CHECK(fed.stream.try_read() == std::nullopt);
    fed.write("\xac");
    CHECK(fed.stream.try_read() == "\xe2\x82\xac");
    fed.write("\xe2");
    fed.end();
    CHECK_THROWS_AS(fed.stream.try_read(), TextError);
}

TEST_CASE("characters that only the end of the stream completes are found",
          "[talk][text][guard]")
{
    NoLeaks const no_leaks;
    Fed fed(-1, TextMode(Encoding("utf-8"), TextErrors::replace));
    fed.write("> \xe2\x82");
    fed.end();
    CHECK(fed.stream.read_until("> ") == "> ");
    CHECK(fed.stream.read_until("\xef\xbf\xbd") == "\xef\xbf\xbd");
    CHECK(fed.stream.try_read() == "");
}

TEST_CASE("the text in front of invalid bytes can be read",
          "[talk][text][guard]")
{
    NoLeaks const no_leaks;
    Fed fed(-1, text_mode("utf-8"));
    fed.write("one> two\xff> three");
    CHECK(fed.stream.read_until("> ") == "one> ");
    CHECK_THROWS_AS(fed.stream.read_until("> "), TextError);
    CHECK_THROWS_AS(fed.stream.expect({"x"}, 0s), TextError);
    CHECK(fed.stream.try_read() == "two");
    CHECK_THROWS_AS(fed.stream.try_read(), TextError);
    CHECK_THROWS_AS(fed.stream.read_for(10s), TextError);
}

// --- size --------------------------------------------------------------------------

TEST_CASE("a prompt behind 10 MiB is found, and nothing is searched twice",
          "[talk][guard]")
{
    NoLeaks const no_leaks;
    int const bufsize = GENERATE(-1, 64);
    Fed fed(bufsize);
    std::thread writes([&] {
        fed.write(std::string(10 * mib, 'x'));
        fed.write(">>> ");
    });
    auto const all = fed.stream.read_until(">>> ");
    writes.join();
    CHECK(all.size() == 10 * mib + 4);
    CHECK(all.ends_with("x>>> "));
}

TEST_CASE("lines of a full buffer are found without a search of all of it",
          "[talk][guard]")
{
    NoLeaks const no_leaks;
    Fed fed;
    std::thread writes([&] {
        std::string all;
        for (std::size_t i = 0; i < 10 * mib; i += 16)
            all += "fifteen letters\n";
        fed.write(all);
        fed.end();
    });
    CHECK_THROWS_AS(fed.stream.read_until("nowhere"), EndOfFile);
    writes.join();
    std::size_t count = 0;
    for (; count < 10 * mib / 16; ++count)
        if (fed.stream.expect({"nowhere", "\n"}).before.size() != 15)
            break;
    CHECK(count == 10 * mib / 16);
}

// --- misuse ------------------------------------------------------------------------

TEST_CASE("a conversation needs a text and a stream", "[talk]")
{
    NoLeaks const no_leaks;
    Fed fed;
    auto const refusal = [&](auto act) {
        return message_of<std::invalid_argument>(act);
    };
    CHECK(refusal([&] { fed.stream.read_until(""); })
          == "a text to wait for is empty");
    CHECK(refusal([&] {
              fed.stream.expect({"x", ""});
          })
          == "a text to wait for is empty");
    CHECK(refusal([&] { fed.stream.expect(std::vector<std::string>{}); })
          == "there is no text to wait for");
    char const* const nothing = nullptr;
    CHECK(refusal([&] { fed.stream.read_until(nothing); })
          == "a text to wait for is a null pointer");
    fed.stream.close();
    CHECK_THROWS_AS(fed.stream.read_until("x"), std::logic_error);
    CHECK_THROWS_AS(fed.stream.expect({"x"}), std::logic_error);
    CHECK_THROWS_AS(fed.stream.read_for(1s), std::logic_error);
    CHECK_THROWS_AS(fed.stream.try_read(), std::logic_error);
}

// --- others at the same time ----------------------------------------------------------

TEST_CASE("both streams of a child can be waited for by two threads",
          "[talk][popen][threads]")
{
    NoLeaks const no_leaks;
    Popen p({child("converse"), "> "},
            {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    std::string from_err;
    int code = 0;
    std::thread reads([&] { from_err = p.err().read_until("done"); });
    std::thread waits([&] { code = p.wait(); });
    p.out().read_until("> ");
    p.in().write("!nearly \n");
    p.out().read_until("> ");
    p.in().write("!done\n");
    reads.join();
    CHECK(from_err == "nearly done");
    CHECK(p.out().read_until("> ") == "> ");
    p.in().write("bye\n");
    waits.join();
    CHECK(code == 3);
}

TEST_CASE("another reader of the same pipe does not keep a deadline from "
          "holding",
          "[talk][threads]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_forever")}, {.out = Stdio::pipe});
    std::atomic<bool> over = false;
    std::thread steals([&] {
        std::array<char, 65536> some;
        while (!over)
            if (::read(p.out().fd(), some.data(), some.size()) <= 0)
                break;
    });
    for (int i = 0; i < 20; ++i)
        CHECK_THROWS_AS(p.out().read_until("never", 1ms), TimeoutExpired);
    over = true;
    p.kill();
    steals.join();
}

TEST_CASE("a terminal is talked to until it hangs up", "[talk][guard]")
{
    NoLeaks const no_leaks;
    Terminal terminal;
    auto const line = terminal.line.get();
    Popen p({child("converse"), "login: "},
            {.in = line, .out = line, .err = line});
    terminal.line.close();
    ReadStream screen(terminal.controller.release());
    CHECK(screen.read_until("login: ") == "login: ");
    CHECK_THROWS_AS(screen.read_until("more", 10ms), TimeoutExpired);
    CHECK(screen.try_read() == std::nullopt);
    CHECK(::write(screen.fd(), "me\n", 3) == 3);
    CHECK(shown(screen.expect({"refused", "login: "}))
          == "1 [me\r\nyou said me\r\n] [login: ]");
    CHECK(::write(screen.fd(), "bye\n", 4) == 4);
    CHECK_THROWS_AS(screen.read_until("more"), EndOfFile);
    CHECK(screen.read() == "bye\r\n");
    CHECK(p.wait() == 3);
}

// --- programs of the machine ----------------------------------------------------------

TEST_CASE("Python is talked to by its prompt on stderr", "[talk][popen]")
{
    NoLeaks const no_leaks;
    if (!which("python3")) {
        WARN("there is no python3");
        return;
    }
    Popen python({"python3", "-i", "-q", "-u"},
                 {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    python.err().read_until(">>> ");
    python.in().write("6 * 7\n");
    CHECK(python.out().readline() == "42\n");
    python.err().read_until(">>> ");
    python.in().write("1 / 0\n");
    auto const [which_one, before, text] =
        python.err().expect({"SyntaxError", "ZeroDivisionError"});
    CHECK(which_one == 1);
    CHECK(before.starts_with("Traceback"));
    python.err().read_until(">>> ");
    python.in().close();
    CHECK(python.wait() == 0);
}

TEST_CASE("bc is asked question by question", "[talk][popen]")
{
    NoLeaks const no_leaks;
    if (!which("bc")) {
        WARN("there is no bc");
        return;
    }
    Popen bc({"bc", "-q"}, {.in = Stdio::pipe, .out = Stdio::pipe});
    for (int i = 1; i < 50; ++i) {
        bc.in().write(std::to_string(i) + " * 2\n");
        CHECK(bc.out().read_until("\n") == std::to_string(i * 2) + "\n");
    }
    bc.in().close();
    CHECK(bc.wait() == 0);
}

TEST_CASE("sqlite3 is asked until a mark that it prints itself",
          "[talk][popen]")
{
    NoLeaks const no_leaks;
    if (!which("sqlite3")) {
        WARN("there is no sqlite3");
        return;
    }
    Popen sqlite({"sqlite3", "-batch", ":memory:"},
                 {.in = Stdio::pipe, .out = Stdio::pipe});
    auto const ask = [&](std::string_view question) {
        sqlite.in().write(question);
        sqlite.in().write("\n.print END\n");
        return sqlite.out().expect({"END\n"}).before;
    };
    CHECK(ask("create table t(x);") == "");
    CHECK(ask("insert into t values(1), (2);") == "");
    CHECK(ask("select * from t;") == "1\n2\n");
    sqlite.in().close();
    CHECK(sqlite.wait() == 0);
}

TEST_CASE("a server is drained after it said that it is ready", "[talk][popen]")
{
    NoLeaks const no_leaks;
    Popen server({"/bin/sh", "-c",
                  "echo starting; echo ready on 80; exec \"$0\" 2000 1000",
                  child("write_lines")},
                 {.out = Stdio::pipe});
    CHECK(server.out().read_until("ready") == "starting\nready");
    std::size_t count = 0;
    std::thread drains([&] {
        for (std::string_view line : server.out() | lines)
            count += !line.empty();
    });
    CHECK(server.wait() == 0);
    drains.join();
    CHECK(count == 2001);
}
