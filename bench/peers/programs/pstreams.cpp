// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// PStreams, the streams over pipes of namespace redi.
#include "serve.hpp"

#include <iterator>

#include <pstreams/pstream.h>

namespace {

void spawn(bench::Command const& command)
{
    redi::pstreams::pmode const no_pipes{};
    redi::pstream child(command.front(), command, no_pipes);
    bench::expect_success(child.close() == 0);
}

std::size_t read(bench::Command const& command)
{
    redi::ipstream child(command.front(), command);
    std::string const out(std::istreambuf_iterator<char>(child), {});
    bench::expect_success(child.close() == 0);
    return out.size();
}

} // namespace

int main(int argc, char** argv)
{
    return bench::serve(argc, argv, {spawn, read});
}
