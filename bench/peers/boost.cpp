// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Boost.Process, both versions of it, where it is installed.
#ifdef RUNNEL_BENCH_BOOST

#include "../byte_movers.hpp"
#include "../contenders.hpp"
#include "../line_readers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process.hpp>
#include <boost/process/v2.hpp>
#include <boost/process/v2/stdio.hpp>

#include <iterator>
#include <stdexcept>

namespace bench::boost_process {

namespace {

// As a program would: one for all children.
boost::asio::io_context& context()
{
    static boost::asio::io_context one;
    return one;
}

void expect_success(int code)
{
    if (code != 0)
        throw std::runtime_error("it failed");
}

template <class Start>
void expect_missing(Start start)
{
    try {
        start();
    } catch (std::system_error const&) {
        return;
    } catch (boost::system::system_error const&) {
        return;
    }
    throw std::runtime_error("it was found");
}

} // namespace

void v1(std::string const& path)
{
    boost::process::child child(path);
    child.wait();
    expect_success(child.exit_code());
}

void v2(std::string const& path)
{
    boost::process::v2::process child(context(), path, {});
    expect_success(child.wait());
}

void v1_capture(std::string const& path)
{
    boost::process::ipstream out;
    boost::process::child child(path, boost::process::std_out > out);
    std::string bytes(std::istreambuf_iterator<char>(out), {});
    child.wait();
    expect_success(child.exit_code());
    expect_said(bytes);
}

void v2_capture(std::string const& path)
{
    boost::asio::readable_pipe out(context());
    boost::process::v2::process child(
        context(), path, {}, boost::process::v2::process_stdio{{}, out, {}});
    std::string bytes;
    boost::system::error_code end;
    boost::asio::read(out, boost::asio::dynamic_buffer(bytes), end);
    expect_success(child.wait());
    expect_said(bytes);
}

void v1_miss(std::string const& path)
{
    expect_missing([&] { v1(path); });
}

void v2_miss(std::string const& path)
{
    expect_missing([&] { v2(path); });
}

std::size_t v1_bytes(ByteChild const& mover)
{
    boost::process::ipstream out;
    boost::process::child child(boost::process::exe = mover.program(),
                                boost::process::args = mover.arguments(),
                                boost::process::std_out > out);
    std::string const bytes(std::istreambuf_iterator<char>(out), {});
    child.wait();
    expect_success(child.exit_code());
    return bytes.size();
}

std::size_t v2_bytes(ByteChild const& mover)
{
    boost::asio::readable_pipe out(context());
    boost::process::v2::process child(
        context(), mover.program(), mover.arguments(),
        boost::process::v2::process_stdio{{}, out, {}});
    std::string bytes;
    boost::system::error_code end;
    boost::asio::read(out, boost::asio::dynamic_buffer(bytes), end);
    expect_success(child.wait());
    return bytes.size();
}

Tally v1_lines(LineSource const& source)
{
    boost::process::ipstream out;
    boost::process::child child(boost::process::exe = source.program(),
                                boost::process::args = source.arguments(),
                                boost::process::std_out > out);
    Tally tally;
    for (std::string line; std::getline(out, line);)
        tally.add(line);
    child.wait();
    expect_success(child.exit_code());
    return tally;
}

} // namespace bench::boost_process

#endif
