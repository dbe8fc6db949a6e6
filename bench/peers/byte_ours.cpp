// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "../byte_movers.hpp"

#include <runnel/runnel.hpp>

#include <stdexcept>

namespace bench::ours {

namespace {

runnel::Command command(ByteChild const& child)
{
    return runnel::cmd(child.words());
}

std::size_t size_of(runnel::CompletedProcess const& done)
{
    if (done.failed)
        throw std::runtime_error("it failed");
    return done.out.size();
}

runnel::RunOptions in_file()
{
    return {.capture_in = runnel::CaptureIn::memory_file};
}

std::size_t communicate(ByteChild const& child, runnel::PopenOptions options,
                        std::optional<std::string_view> input)
{
    runnel::Popen program(child.words(), std::move(options));
    auto const said =
        input ? program.communicate(*input) : program.communicate();
    if (program.wait() != 0)
        throw std::runtime_error("it failed");
    return said.out.size();
}

} // namespace

std::size_t captured(ByteChild const& child)
{
    return size_of(runnel::run(command(child) > runnel::capture));
}

std::size_t captured_in_file(ByteChild const& child)
{
    return size_of(runnel::run(command(child) > runnel::capture, in_file()));
}

std::size_t read(ByteChild const& child)
{
    return runnel::read(command(child)).size();
}

std::size_t read_in_file(ByteChild const& child)
{
    return runnel::read(command(child), in_file()).size();
}

std::size_t communicated(ByteChild const& child)
{
    return communicate(child, {.out = runnel::Stdio::pipe}, {});
}

std::size_t there_and_back(ByteChild const& child, std::string_view input)
{
    return size_of(
        runnel::run(command(child) > runnel::capture, {.input = input}));
}

std::size_t communicated(ByteChild const& child, std::string_view input)
{
    return communicate(
        child, {.in = runnel::Stdio::pipe, .out = runnel::Stdio::pipe}, input);
}

} // namespace bench::ours
