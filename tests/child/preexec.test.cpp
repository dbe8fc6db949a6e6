// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Code of ours that runs in the child before its program.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

SpawnError error_of(PreexecFn hook)
{
    try {
        Popen p({child("exit_with"), 0},
                {.out = Stdio::pipe, .preexec_fn = std::move(hook)});
    } catch (SpawnError const& error) {
        return error;
    }
    throw std::logic_error("the child was started");
}

} // namespace

TEST_CASE("preexec_fn changes what the program finds",
          "[popen][preexec][row:P41]")
{
    NoLeaks const no_leaks;
    auto const text =
        output_of({child("print_ids")}, {.preexec_fn = [] { ::umask(0123); }});
    CHECK(field_of(text, "umask") == "0123");
}

TEST_CASE("preexec_fn runs after directory, umask and streams are set",
          "[popen][preexec][row:P41]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    CHECK(output_of({child("print"), "|program"},
                    {.cwd = directory.path(),
                     .umask = 0111,
                     .preexec_fn =
                         [] {
                             auto const text =
                                 std::filesystem::current_path().native() + ' '
                                 + std::to_string(::umask(0));
                             if (::write(1, text.data(), text.size()) < 0)
                                 ::_exit(1);
                         }})
          == directory.str() + " 73|program");
}

TEST_CASE("preexec_fn works on a copy of this process",
          "[popen][preexec][fault:S09]")
{
    NoLeaks const no_leaks;
    static int counter = 0;
    int local = 0;
    CHECK(returncode_of({child("exit_with"), 0}, {.preexec_fn =
                                                      [&] {
                                                          ++counter;
                                                          ++local;
                                                      }})
          == 0);
    CHECK(counter == 0);
    CHECK(local == 0);
}

TEST_CASE("preexec_fn runs once for each child", "[popen][preexec]")
{
    NoLeaks const no_leaks;
    PopenOptions const options{.out = Stdio::pipe, .preexec_fn = [] {
                                   if (::write(1, "h", 1) != 1)
                                       ::_exit(1);
                               }};
    CHECK(output_of({child("print"), "p"}, options) == "hp");
    CHECK(output_of({child("print"), "p"}, options) == "hp");
}

TEST_CASE("what preexec_fn throws is the error here",
          "[popen][preexec][row:E06][fault:S09][promise:P20]")
{
    NoLeaks const no_leaks;
    auto const error =
        error_of([] { throw std::runtime_error("no luck today"); });
    CHECK(error.step() == SpawnStep::preexec);
    CHECK(error.code() == std::errc::operation_canceled);
    CHECK(error.what()
          == "cannot start \"" + child("exit_with")
                 + "\": preexec_fn threw: no luck today");
}

TEST_CASE("a system_error from preexec_fn keeps its code",
          "[popen][preexec][fault:S09]")
{
    NoLeaks const no_leaks;
    auto const error = error_of([] {
        throw std::system_error(EDOM, std::generic_category(), "what it did");
    });
    CHECK(error.code() == std::errc::argument_out_of_domain);
    CHECK(std::string(error.what()).find("threw: what it did")
          != std::string::npos);
}

TEST_CASE("preexec_fn may throw anything", "[popen][preexec][fault:S09]")
{
    NoLeaks const no_leaks;
    auto const unknown = error_of([] { throw 7; });
    CHECK(unknown.step() == SpawnStep::preexec);
    CHECK(unknown.what()
          == "cannot start \"" + child("exit_with")
                 + "\": preexec_fn threw: an exception of unknown type");

    auto const silent = error_of([] { throw std::runtime_error(""); });
    CHECK(silent.step() == SpawnStep::preexec);

    auto const long_winded =
        error_of([] { throw std::runtime_error(std::string(5000, 'x')); });
    CHECK(std::string(long_winded.what()).find(std::string(200, 'x'))
          != std::string::npos);
}

TEST_CASE("preexec_fn that ends the child is the end of the child",
          "[popen][preexec][fault:S09]")
{
    NoLeaks const no_leaks;
    CHECK(returncode_of({child("exit_with"), 0},
                        {.preexec_fn = [] { ::_exit(3); }})
          == 3);
    CHECK(returncode_of({child("exit_with"), 0},
                        {.preexec_fn =
                             [] {
                                 ::prctl(PR_SET_DUMPABLE, 0);
                                 ::kill(::getpid(), SIGKILL);
                             }})
          == -SIGKILL);
}

TEST_CASE("what stdio has not written yet is written once",
          "[popen][preexec][fault:S09]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        auto out = make_pipe();
        ::dup2(out.write_end.get(), 1);
        out.write_end.close();
        ::printf("once");
        EXPECT_IN(complaints,
                  returncode_of({child("exit_with"), 0}, {.preexec_fn = [] {}})
                      == 0);
        static_cast<void>(error_of([] { throw std::runtime_error("x"); }));
        static_cast<void>(message_of<SpawnError>(
            [] { Popen p({"/no"}, {.preexec_fn = [] {}}); }));
        ::fflush(stdout);
        ::close(1);
        complaints.expect_equal(read_all(out.read_end.get()), "once", "output");
    });
    CHECK(wrong == "");
}

TEST_CASE("a hook that throws leaves the parent's unwinding alone",
          "[popen][preexec][fault:S09]")
{
    NoLeaks const no_leaks;
    int destroyed = 0;
    struct Guard {
        int& count;
        ~Guard() { ++count; }
    };
    {
        Guard const guard{destroyed};
        CHECK(error_of([] { throw std::bad_alloc(); }).step()
              == SpawnStep::preexec);
        CHECK(destroyed == 0);
    }
    CHECK(destroyed == 1);
}

TEST_CASE("any callable is a preexec_fn, none is none", "[popen][preexec]")
{
    CHECK(!PreexecFn());
    CHECK(PreexecFn([] {}));
    int calls = 0;
    PreexecFn const hook([&calls]() mutable { ++calls; });
    PreexecFn const copy = hook;
    copy();
    hook();
    CHECK(calls == 2);
}

TEST_CASE("a lock that another thread holds stays locked in preexec_fn",
          "[popen][preexec][threads][row:P42]")
{
    NoLeaks const no_leaks;
    std::mutex mutex;
    std::promise<void> locked;
    std::promise<void> done;
    std::thread other([&] {
        std::lock_guard const guard(mutex);
        locked.set_value();
        done.get_future().wait();
    });
    locked.get_future().wait();
    auto const hook = [&] {
        if (!mutex.try_lock()) // lock() would wait for ever
            throw std::runtime_error("still locked");
    };
    CHECK(error_of(hook).details().hint.find("still locked")
          != std::string::npos);
    done.set_value();
    other.join();
}

TEST_CASE("what preexec_fn is mostly used for has options that take no locks",
          "[popen][preexec][row:P42]")
{
    NoLeaks const no_leaks;
    auto const hook = [] {
        ::setsid();
        ::umask(027);
    };
    bool const hooked = GENERATE(false, true);
    Popen p({child("print_ids")},
            hooked ? PopenOptions{.out = Stdio::pipe, .preexec_fn = hook}
                   : PopenOptions{.out = Stdio::pipe,
                                  .start_new_session = true,
                                  .umask = 027});
    auto const text = p.communicate().out.str();
    CHECK(field_of(text, "sid") == std::to_string(p.pid()));
    CHECK(field_of(text, "umask") == "0027");
}
