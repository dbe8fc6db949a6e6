// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/pool_run.hpp"

#include "job/stage_watch.hpp"
#include "job/verdict.hpp"
#include "plan/lower.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <utility>

namespace runnel::inline v0 {

void note_error(Finished& finished, std::exception_ptr error) noexcept
{
    auto& result = finished.result;
    result.failed = true;
    if (result.returncode == 0)
        result.returncode = 1;
    try {
        std::rethrow_exception(error);
    } catch (SpawnError const& refused) {
        result.returncode = status_of(refused).returncode();
    } catch (...) { // has no code
    }
    finished.error = std::move(error);
}

void PoolRun::start(PoolJob&& job)
{
    job_ = std::move(job);
    auto& finished = job_.finished();
    bool const again = finished.runs++ < options_.retries;
    finished.result = {}; // of the run before
    auto program = again ? job_.program : std::move(job_.program);
    record_.note(program);
    speak(program);
    if (!driver_.prepare(program, false))
        return;
    std::optional<UseExecutor> scope;
    if (job_.scope != nullptr)
        scope.emplace(*job_.scope);
    driver_.adopt(job_.executor->start_unconfirmed(std::move(program),
                                                   driver_.options()));
}

void PoolRun::speak(Program const& program)
{
    if (options_.output != JobOutput::grouped
        && options_.output != JobOutput::labelled)
        return;
    auto const& key = job_.finished().key;
    voice_.emplace(output_, options_.output,
                   key.empty() ? command_of(program) : key);
    voice_->note(program);
}

void PoolRun::confirm()
{
    if (auto* const running = driver_.running())
        running->confirm();
}

void PoolRun::act() noexcept
{
    driver_.act(items_);
    if (!voice_)
        return;
    try {
        voice_->take_from(*driver_.running());
    } catch (...) {
        driver_.running()->give_up(std::current_exception());
    }
}

// --- waiting -----------------------------------------------------------------------------

void PoolRun::watch(sys::ReadySet& set, sys::ReadySet::Number first,
                    std::size_t most)
{
    items_.clear();
    driver_.running()->add_awaited(items_);
    watched_.reserve(items_.size());
    is_blind_ = items_.size() > most;
    for (std::size_t i = 0; i < items_.size() && i < most; ++i) {
        if (items_[i].fd < 0)
            continue;
        if (set.try_add(items_[i], first + i))
            watched_.push_back(items_[i].fd);
        else
            is_blind_ = true;
    }
}

void PoolRun::forget(sys::ReadySet& set) noexcept
{
    for (int const fd : watched_)
        set.remove(fd);
    watched_.clear();
}

// What is ready of the items that are polled is marked for `act`.
sys::Deadline PoolRun::look_at_deadline()
{
    auto const deadline = driver_.deadline();
    if (!is_blind_)
        return deadline;
    auto const ready = sys::poll(items_, sys::Deadline::min());
    return ready && ready.value > 0
             ? sys::Deadline::min()
             : std::min(deadline, sys::Clock::now() + blind_interval);
}

// --- the end -------------------------------------------------------------------------------

void PoolRun::finish() noexcept
{
    auto& finished = job_.finished();
    try {
        if (voice_ && driver_.running() != nullptr) {
            voice_->take_from(*driver_.running());
            voice_->finish();
        }
        finished.result = std::move(record_.result(driver_, true));
        finished.error = nullptr;
    } catch (...) {
        finished.result = record_.known();
        note_error(finished, std::current_exception());
    }
}

} // namespace runnel::inline v0
