// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// g_spawn_sync of GLib.
#include "glib_error.hpp"
#include "serve.hpp"

#include <cstring>

#include <glib.h>

namespace {

void run(bench::Command const& command, char** out)
{
    int status = 0;
    GError* error = nullptr;
    bench::expect(g_spawn_sync(nullptr, bench::pointers(command).data(),
                               nullptr, G_SPAWN_SEARCH_PATH, nullptr, nullptr,
                               out, nullptr, &status, &error),
                  error);
    bench::expect(g_spawn_check_wait_status(status, &error), error);
}

void spawn(bench::Command const& command)
{
    run(command, nullptr);
}

// GLib does not tell the length: it takes the output for text without NUL.
std::size_t read(bench::Command const& command)
{
    g_autofree char* out = nullptr;
    run(command, &out);
    return std::strlen(out);
}

} // namespace

int main(int argc, char** argv)
{
    return bench::serve(argc, argv, {spawn, read});
}
