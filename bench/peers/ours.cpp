#include "../contenders.hpp"

#include <runnel/runnel.hpp>

namespace bench::ours {

namespace {

void expect_success(int returncode)
{
    if (returncode != 0)
        throw std::runtime_error("it failed");
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

void pipeline(std::string const& path, unsigned stages)
{
    runnel::Pipeline all = runnel::cmd(path);
    for (unsigned i = 1; i < stages; ++i)
        all = all | runnel::cmd(path);
    expect_success(runnel::run(all).returncode);
}

} // namespace bench::ours
