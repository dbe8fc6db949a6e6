// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "../byte_movers.hpp"

#include <runnel/runnel.hpp>

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace bench::ours {

namespace {

runnel::Command command(ByteChild const& child)
{
    return runnel::cmd(child.words());
}

/// Looks at each page once: what comes from a file in memory is mapped, and only then
/// is it there, as the bytes of all others are.
std::size_t size_of(std::string_view bytes)
{
    constexpr std::size_t page = 4096;
    unsigned char sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += page)
        sum = static_cast<unsigned char>(
            sum + static_cast<unsigned char>(bytes[i]));
    [[maybe_unused]] static unsigned char volatile looked_at;
    looked_at = sum;
    return bytes.size();
}

std::size_t size_of(runnel::CompletedProcess const& done)
{
    if (done.failed)
        throw std::runtime_error("it failed");
    return size_of(done.out);
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
    return size_of(said.out);
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
    return size_of(runnel::read(command(child)));
}

std::size_t read_in_file(ByteChild const& child)
{
    return size_of(runnel::read(command(child), in_file()));
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

std::size_t teed(ByteChild const& child, std::string const& copy)
{
    runnel::check(command(child) | runnel::tee(copy)
                  | (command(child.reader()) > runnel::devnull));
    return std::filesystem::file_size(copy);
}

std::size_t teed_by_program(ByteChild const& child, std::string const& copy)
{
    runnel::check(command(child) | runnel::cmd("tee", copy)
                  | (command(child.reader()) > runnel::devnull));
    return std::filesystem::file_size(copy);
}

} // namespace bench::ours
