// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/run_events.hpp"

#include "base/observe.hpp"
#include "plan/lower.hpp"
#include "sys/clock.hpp"

#include <runnel/words.hpp>

#include <utility>
#include <vector>

namespace runnel::inline v0 {

struct RunEvents::Watched {
    Program const& program;
    Observer& observer;
    RunId run = next_run();
    sys::Clock::time_point begun = sys::Clock::now();
    std::vector<std::uint64_t> told; ///< bytes of each endpoint
    bool has_begun = false;
    bool has_ended = false;
};

RunEvents::RunEvents(Program const& program, Observer* observer)
{
    if (observer == nullptr)
        return;
    watched_ = std::make_unique<Watched>(
        Watched{.program = program, .observer = *observer, .told = {}});
    watched_->told.resize(program.endpoints.size());
}

RunEvents::~RunEvents() = default;

Observer* RunEvents::observer() const noexcept
{
    return watched_ ? &watched_->observer : nullptr;
}

RunId RunEvents::run() const noexcept
{
    return watched_ ? watched_->run : 0;
}

template <class Event>
void RunEvents::tell_if(void (Observer::*told)(Event const&),
                        Event const& event) const noexcept
{
    if (watched_)
        tell(watched_->observer, told, event);
}

// The command is text for people, made only if somebody observes.
void RunEvents::began()
{
    if (!watched_)
        return;
    auto const command = command_of(watched_->program);
    watched_->begun = sys::Clock::now();
    watched_->has_begun = true;
    tell_if(&Observer::began, {watched_->run, watched_->program, command});
}

// --- helpers -----------------------------------------------------------------------

HelperView RunEvents::view(std::size_t helper) const noexcept
{
    return {watched_->run, helper, label_of(watched_->program.helpers[helper])};
}

void RunEvents::started(std::size_t helper) const noexcept
{
    if (watched_)
        tell_if(&Observer::helper_started, view(helper));
}

void RunEvents::ended(std::size_t helper, Bytes const& moved) const noexcept
{
    if (watched_)
        tell_if(&Observer::helper_ended, {view(helper), moved.in, moved.out});
}

// --- bytes -------------------------------------------------------------------------

// Both ends of a pipe have the same entry: the write end tells.
void RunEvents::look_at_bytes(IdleWatch const& pipes) noexcept
{
    if (!watched_)
        return;
    for (std::size_t i = 0; i < watched_->told.size(); ++i) {
        auto const* const pipe = pipes.counted(i);
        if (pipe == nullptr
            || watched_->program.endpoints[i].kind == Endpoint::Kind::pipe_read)
            continue;
        auto const bytes = pipe->bytes();
        if (std::exchange(watched_->told[i], bytes) != bytes)
            tell_if(&Observer::moved, {watched_->run, i, bytes});
    }
}

// --- the end -----------------------------------------------------------------------

void RunEvents::ended(std::optional<Outcome> const& outcome,
                      bool was_early) noexcept
{
    if (!watched_ || !watched_->has_begun
        || std::exchange(watched_->has_ended, true))
        return;
    auto const how = outcome.value_or(Outcome{.failed = true});
    tell_if(&Observer::ended, {watched_->run, how.returncode, how.failed,
                               was_early, sys::Clock::now() - watched_->begun});
}

} // namespace runnel::inline v0
