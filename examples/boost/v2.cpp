// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The ten tasks by the second version of Boost.Process.
#include "tasks.hpp"

// Not header-only: 1.81 then lacks a function of process_environment.
#define BOOST_PROCESS_V2_SEPARATE_COMPILATION

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <boost/process/v2.hpp>
#include <boost/process/v2/environment.hpp>
#include <boost/process/v2/execute.hpp>
#include <boost/process/v2/src.hpp>
#include <boost/process/v2/start_dir.hpp>
#include <boost/process/v2/stdio.hpp>

#include <vector>

#include <fcntl.h>

namespace asio = boost::asio;
namespace v2 = boost::process::v2;
using boost::system::error_code;
using v2::environment::find_executable;

namespace tasks {

namespace {

bool run_and_wait(std::string const& dir)
{
    asio::io_context context;
    return v2::execute(v2::process(context, find_executable("mkdir"), {dir}))
        == 0;
}

int exit_code(std::string const& a, std::string const& b)
{
    asio::io_context context;
    return v2::execute(
        v2::process(context, find_executable("cmp"), {"-s", a, b}));
}

std::string capture_stdout(std::string const& dir)
{
    asio::io_context context;
    asio::readable_pipe out(context);
    v2::process child(context, find_executable("ls"), {dir},
                      v2::process_stdio{{}, out, {}});
    std::string bytes;
    error_code end;
    asio::read(out, asio::dynamic_buffer(bytes), end);
    child.wait();
    return bytes;
}

Said capture_both(std::string const& script)
{
    asio::io_context context;
    asio::readable_pipe out(context);
    asio::readable_pipe err(context);
    v2::process child(context, find_executable("sh"), {"-c", script},
                      v2::process_stdio{{}, out, err});
    Said said{};
    auto const ignore = [](error_code, std::size_t) {};
    asio::async_read(out, asio::dynamic_buffer(said.out), ignore);
    asio::async_read(err, asio::dynamic_buffer(said.err), ignore);
    context.run();
    said.code = child.wait();
    return said;
}

std::string feed(std::string const& input)
{
    asio::io_context context;
    asio::writable_pipe in(context);
    asio::readable_pipe out(context);
    v2::process child(context, find_executable("sort"), {},
                      v2::process_stdio{in, out, {}});
    std::string bytes;
    asio::async_write(in, asio::buffer(input),
                      [&](error_code, std::size_t) { in.close(); });
    asio::async_read(out, asio::dynamic_buffer(bytes),
                     [](error_code, std::size_t) {});
    context.run();
    child.wait();
    return bytes;
}

std::string pipe_two(std::string const& file)
{
    asio::io_context context;
    asio::readable_pipe from_sort(context);
    asio::writable_pipe to_uniq(context);
    asio::connect_pipe(from_sort, to_uniq);
    // 1.81 lets sort inherit the end that it must not have.
    ::fcntl(from_sort.native_handle(), F_SETFD, FD_CLOEXEC);
    v2::process sort(context, find_executable("sort"), {file},
                     v2::process_stdio{{}, to_uniq, {}});
    to_uniq.close(); // or uniq never sees the end
    asio::readable_pipe out(context);
    v2::process uniq(context, find_executable("uniq"), {"-c"},
                     v2::process_stdio{from_sort, out, {}});
    from_sort.close(); // or sort never gets SIGPIPE
    std::string bytes;
    error_code end;
    asio::read(out, asio::dynamic_buffer(bytes), end);
    sort.wait();
    uniq.wait();
    return bytes;
}

bool redirect(std::string const& script, std::string const& in,
              std::string const& out, std::string const& err)
{
    using v2::filesystem::path;
    asio::io_context context;
    return v2::execute(
               v2::process(context, find_executable("sh"), {"-c", script},
                           v2::process_stdio{path(in), path(out), path(err)}))
        == 0;
}

std::string with_variable(std::string const& script, std::string const& name,
                          std::string const& value)
{
    std::vector<std::string> variables{name + '=' + value};
    for (auto const& entry : v2::environment::current())
        if (entry.key() != name)
            variables.push_back(entry.string());

    asio::io_context context;
    asio::readable_pipe out(context);
    v2::process child(context, find_executable("sh"), {"-c", script},
                      v2::process_environment(variables),
                      v2::process_stdio{{}, out, {}});
    std::string bytes;
    error_code end;
    asio::read(out, asio::dynamic_buffer(bytes), end);
    child.wait();
    return bytes;
}

std::string in_directory(std::string const& dir)
{
    asio::io_context context;
    asio::readable_pipe out(context);
    v2::process child(context, find_executable("pwd"), {"-P"},
                      v2::process_start_dir(dir),
                      v2::process_stdio{{}, out, {}});
    std::string bytes;
    error_code end;
    asio::read(out, asio::dynamic_buffer(bytes), end);
    child.wait();
    return bytes;
}

bool ends_in_time(std::string const& seconds, std::chrono::milliseconds limit)
{
    asio::io_context context;
    asio::cancellation_signal stop;
    asio::steady_timer timer(context, limit);
    bool in_time = true;
    timer.async_wait([&](error_code cancelled) {
        if (cancelled)
            return;
        in_time = false;
        stop.emit(asio::cancellation_type::terminal); // SIGKILL
    });
    v2::async_execute(
        v2::process(context, find_executable("sleep"), {seconds}),
        asio::bind_cancellation_slot(stop.slot(),
                                     [&](error_code, int) { timer.cancel(); }));
    context.run();
    return in_time;
}

} // namespace

Way const with_boost_v2{"Boost.Process v2", run_and_wait, exit_code,
                        capture_stdout,     capture_both, feed,
                        pipe_two,           redirect,     with_variable,
                        in_directory,       ends_in_time};

} // namespace tasks
