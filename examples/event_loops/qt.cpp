// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A job in the event loop of Qt. scripts/check-loops.sh builds and runs this file.
#define QT_NO_KEYWORDS // forever and signals are macros without it
#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTimer>

#include <runnel/runnel.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace runnel;

/// Calls `then` when `job` has ended. The job has Pump::caller and stays in place.
template <class Then>
void when_ended(QObject* parent, Job& job, Then then)
{
    auto* const timer = new QTimer(parent);
    auto* const events =
        new QSocketNotifier(job.fd(), QSocketNotifier::Read, timer);
    auto const turn = [&job, timer, events, then] {
        if (job.step()) {
            events->setEnabled(false);
            timer->stop();
            timer->deleteLater();
            then();
        } else if (auto const next = job.next_deadline())
            timer->start(std::max(std::chrono::ceil<std::chrono::milliseconds>(
                                      *next - std::chrono::steady_clock::now()),
                                  std::chrono::milliseconds(0)));
    };
    QObject::connect(events, &QSocketNotifier::activated, timer, turn);
    QObject::connect(timer, &QTimer::timeout, timer, turn);
    timer->start(0);
}

int main(int count, char** words)
{
    QCoreApplication application(count, words);
    RunOptions limited{.pump = Pump::caller};
    limited.timeout = std::chrono::milliseconds(200);
    Job good = start(cmd("echo", "hello") | capture, {.pump = Pump::caller});
    Job late = start(cmd("sleep", "1000"), limited);
    int open = 2;
    auto const note = [&] {
        if (--open == 0)
            application.quit();
    };
    when_ended(&application, good, note);
    when_ended(&application, late, note);
    application.exec();

    std::fputs(good.wait().out.str().c_str(), stdout);
    try {
        late.wait();
    } catch (TimeoutExpired const& error) {
        std::puts(error.what());
    }
}
