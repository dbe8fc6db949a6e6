// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "../contenders.hpp"

#include <runnel/runnel.hpp>

#include <map>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace bench::ours {

namespace {

void expect_success(int returncode)
{
    if (returncode != 0)
        throw std::runtime_error("it failed");
}

runnel::Pipeline pipeline(std::string const& path, unsigned stages)
{
    runnel::Pipeline all = runnel::cmd(path);
    for (unsigned i = 1; i < stages; ++i)
        all = all | runnel::cmd(path);
    return all;
}

} // namespace

void popen(std::string const& path)
{
    expect_success(runnel::Popen({path}).wait());
}

void run(std::string const& path)
{
    expect_success(runnel::run(runnel::cmd(path)).returncode);
}

namespace {

template <class Start>
void expect_missing(Start start)
{
    try {
        start();
    } catch (runnel::SpawnError const& error) {
        if (error.code() == std::errc::no_such_file_or_directory)
            return;
        throw;
    }
    throw std::runtime_error("it was found");
}

} // namespace

void miss(std::string const& path)
{
    expect_missing([&] { runnel::Popen({path}).wait(); });
}

void run_miss(std::string const& path)
{
    expect_missing([&] { static_cast<void>(runnel::run(runnel::cmd(path))); });
}

void chain(std::string const& path, unsigned stages)
{
    expect_success(runnel::run(pipeline(path, stages)).returncode);
}

std::function<void()> ready_chain(std::string const& path, unsigned stages)
{
    return [all = pipeline(path, stages)] {
        expect_success(runnel::run(all).returncode);
    };
}

void read(std::string const& path)
{
    expect_said(runnel::read(runnel::cmd(path)) + '\n');
}

void run_capture(std::string const& path)
{
    auto const done = runnel::run(runnel::cmd(path) > runnel::capture);
    expect_success(done.returncode);
    expect_said(done.out);
}

// --- many at once ------------------------------------------------------------

void many(std::string const& path, unsigned count, unsigned at_once)
{
    auto const command = runnel::cmd(path);
    auto const same = [&](unsigned) { return command; };
    unsigned good = 0;
    for (auto const& done : std::views::iota(0u, count)
                                | std::views::transform(same)
                                | runnel::parallel(at_once))
        good += bool(done);
    expect_success(good == count ? 0 : 1);
}

void many_in_set(std::string const& path, unsigned count, unsigned at_once)
{
    runnel::JobSet set({.jobs = at_once});
    auto const command = runnel::cmd(path);
    for (unsigned i = 0; i < count; ++i)
        set.add(command);
    unsigned good = 0;
    while (auto const done = set.next())
        good += bool(*done);
    expect_success(good == count ? 0 : 1);
}

void many_jobs(std::string const& path, unsigned count, unsigned at_once)
{
    auto const command = runnel::cmd(path);
    runnel::WaitSet set;
    std::map<std::size_t, runnel::Job> jobs;
    for (unsigned started = 0; started < count || !jobs.empty();) {
        for (; started < count && jobs.size() < at_once; ++started) {
            auto job = runnel::start(command);
            auto const index = set.add(job);
            jobs.emplace(index, std::move(job));
        }
        auto const ended = jobs.find(set.wait().value());
        expect_success(ended->second.wait().returncode);
        jobs.erase(ended);
    }
}

} // namespace bench::ours
