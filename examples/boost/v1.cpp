// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The ten tasks by the first version of Boost.Process.
#include "tasks.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/process.hpp>

#include <future>
#include <iterator>

namespace bp = boost::process;

namespace tasks {

namespace {

bool run_and_wait(std::string const& dir)
{
    return bp::system(bp::search_path("mkdir"), dir) == 0;
}

int exit_code(std::string const& a, std::string const& b)
{
    return bp::system(bp::search_path("cmp"), "-s", a, b);
}

std::string capture_stdout(std::string const& dir)
{
    bp::ipstream out;
    bp::child child(bp::search_path("ls"), dir, bp::std_out > out);
    std::string bytes(std::istreambuf_iterator<char>(out), {});
    child.wait();
    return bytes;
}

Said capture_both(std::string const& script)
{
    boost::asio::io_context context;
    std::future<std::string> out;
    std::future<std::string> err;
    bp::child child(bp::search_path("sh"), "-c", script, bp::std_out > out,
                    bp::std_err > err, context);
    context.run();
    child.wait();
    return {child.exit_code(), out.get(), err.get()};
}

std::string feed(std::string const& input)
{
    boost::asio::io_context context;
    auto in = boost::asio::buffer(input);
    std::future<std::string> out;
    bp::child child(bp::search_path("sort"), bp::std_out > out, bp::std_in < in,
                    context);
    context.run();
    child.wait();
    return out.get();
}

std::string pipe_two(std::string const& file)
{
    bp::pipe between;
    bp::ipstream out;
    bp::child sort(bp::search_path("sort"), file, bp::std_out > between);
    bp::child uniq(bp::search_path("uniq"), "-c", bp::std_out > out,
                   bp::std_in < between);
    std::string bytes(std::istreambuf_iterator<char>(out), {});
    sort.wait();
    uniq.wait();
    return bytes;
}

bool redirect(std::string const& script, std::string const& in,
              std::string const& out, std::string const& err)
{
    return bp::system(bp::search_path("sh"), "-c", script, bp::std_out > out,
                      bp::std_err > err, bp::std_in < in)
        == 0;
}

std::string with_variable(std::string const& script, std::string const& name,
                          std::string const& value)
{
    bp::ipstream out;
    bp::child child(bp::search_path("sh"), "-c", script, bp::env[name] = value,
                    bp::std_out > out);
    std::string bytes(std::istreambuf_iterator<char>(out), {});
    child.wait();
    return bytes;
}

std::string in_directory(std::string const& dir)
{
    bp::ipstream out;
    bp::child child(bp::search_path("pwd"), "-P", bp::start_dir = dir,
                    bp::std_out > out);
    std::string bytes(std::istreambuf_iterator<char>(out), {});
    child.wait();
    return bytes;
}

bool ends_in_time(std::string const& seconds, std::chrono::milliseconds limit)
{
    bp::child child(bp::search_path("sleep"), seconds);
    if (child.wait_for(limit))
        return true;
    child.terminate(); // SIGKILL, and waits
    return false;
}

} // namespace

Way const with_boost_v1{"Boost.Process v1", run_and_wait, exit_code,
                        capture_stdout,     capture_both, feed,
                        pipe_two,           redirect,     with_variable,
                        in_directory,       ends_in_time};

} // namespace tasks
