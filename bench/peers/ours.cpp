#include "../contenders.hpp"

#include <runnel/runnel.hpp>

#include <stdexcept>

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

void miss(std::string const& path)
{
    try {
        runnel::Popen({path}).wait();
    } catch (runnel::SpawnError const& error) {
        if (error.code() == std::errc::no_such_file_or_directory)
            return;
        throw;
    }
    throw std::runtime_error("it was found");
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

} // namespace bench::ours
