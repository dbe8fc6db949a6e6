// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A job in the event loop of GLib and GTK. scripts/check-loops.sh builds and runs this
// file.
#include <runnel/runnel.hpp>

#include <glib-unix.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <utility>

using namespace runnel;
using namespace std::chrono_literals;

struct Watch {
    Job& job;
    std::function<void()> then;
    GSource* source;
};

gboolean turn(gint, GIOCondition, gpointer data)
{
    auto const& [job, then, source] = *static_cast<Watch*>(data);
    if (job.step()) {
        then();
        return G_SOURCE_REMOVE;
    }
    auto const next =
        job.next_deadline().value_or(std::chrono::steady_clock::now() + 1h);
    g_source_set_ready_time(source, next.time_since_epoch() / 1us + 1);
    return G_SOURCE_CONTINUE;
}

/// Calls `then` when `job` has ended. The job has Pump::caller and stays in place.
void when_ended(Job& job, std::function<void()> then)
{
    GSource* const source = g_unix_fd_source_new(job.fd(), G_IO_IN);
    g_source_set_callback(
        source, G_SOURCE_FUNC(&turn), new Watch{job, std::move(then), source},
        [](gpointer watch) { delete static_cast<Watch*>(watch); });
    g_source_set_ready_time(source, 0);
    g_source_attach(source, nullptr);
    g_source_unref(source);
}

int main()
{
    GMainLoop* const loop = g_main_loop_new(nullptr, FALSE);
    RunOptions limited{.pump = Pump::caller};
    limited.timeout = std::chrono::milliseconds(200);
    Job good = start(cmd("echo", "hello") | capture, {.pump = Pump::caller});
    Job late = start(cmd("sleep", "1000"), limited);
    int open = 2;
    auto const note = [&] {
        if (--open == 0)
            g_main_loop_quit(loop);
    };
    when_ended(good, note);
    when_ended(late, note);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);

    std::fputs(good.wait().out.str().c_str(), stdout);
    try {
        late.wait();
    } catch (TimeoutExpired const& error) {
        std::puts(error.what());
    }
}
