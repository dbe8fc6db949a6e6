// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// GSubprocess of GIO, the part of GLib that has an event loop.
#include "glib_error.hpp"
#include "serve.hpp"

#include <gio/gio.h>

namespace {

GSubprocess* start(bench::Command const& command, GSubprocessFlags flags)
{
    GError* error = nullptr;
    auto* const child =
        g_subprocess_newv(bench::pointers(command).data(), flags, &error);
    bench::expect(child != nullptr, error);
    return child;
}

void spawn(bench::Command const& command)
{
    g_autoptr(GSubprocess) child = start(command, G_SUBPROCESS_FLAGS_NONE);
    GError* error = nullptr;
    bench::expect(g_subprocess_wait_check(child, nullptr, &error), error);
}

std::size_t read(bench::Command const& command)
{
    g_autoptr(GSubprocess) child =
        start(command, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GBytes) out = nullptr;
    GError* error = nullptr;
    bench::expect(g_subprocess_communicate(child, nullptr, nullptr, &out,
                                           nullptr, &error),
                  error);
    bench::expect_success(g_subprocess_get_successful(child) != 0);
    return g_bytes_get_size(out);
}

} // namespace

int main(int argc, char** argv)
{
    return bench::serve(argc, argv, {spawn, read});
}
