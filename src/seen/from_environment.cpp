// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/from_environment.hpp"

#include "base/observe.hpp"
#include "seen/quantity.hpp"
#include "seen/trace_writer.hpp"
#include "sys/file.hpp"
#include "sys/immortal.hpp"
#include "sys/names.hpp"
#include "text/visible.hpp"

#include <runnel/log.hpp>

#include <exception>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// Passes every event on to two others.
class Both final : public Observer {
public:
    Both(std::unique_ptr<Observer> one, std::unique_ptr<Observer> other)
        : one_(std::move(one)), other_(std::move(other))
    {
    }

    void planned(Plan const& e) noexcept override
    {
        pass(&Observer::planned, e);
    }
    void starting(Starting const& e) override { pass(&Observer::starting, e); }
    void started(Started const& e) noexcept override
    {
        pass(&Observer::started, e);
    }
    void refused(Refused const& e) noexcept override
    {
        pass(&Observer::refused, e);
    }
    void exited(Exited const& e) noexcept override
    {
        pass(&Observer::exited, e);
    }
    void killed(Killed const& e) noexcept override
    {
        pass(&Observer::killed, e);
    }
    void expired(Expired const& e) noexcept override
    {
        pass(&Observer::expired, e);
    }
    void began(Began const& e) noexcept override { pass(&Observer::began, e); }
    void helper_started(HelperView const& e) noexcept override
    {
        pass(&Observer::helper_started, e);
    }
    void helper_ended(HelperEnded const& e) noexcept override
    {
        pass(&Observer::helper_ended, e);
    }
    void moved(Moved const& e) noexcept override { pass(&Observer::moved, e); }
    void ended(Ended const& e) noexcept override { pass(&Observer::ended, e); }

private:
    template <class Event>
    void pass(void (Observer::*told)(Event const&), Event const& e) const
    {
        ((*one_).*told)(e);
        ((*other_).*told)(e);
    }

    std::unique_ptr<Observer> one_;
    std::unique_ptr<Observer> other_;
};

std::unique_ptr<Observer> log_for(std::string const& verbose)
{
    if (verbose.empty() || verbose == "0")
        return {};
    return std::make_unique<Log>(verbose == "2" ? LogLevel::commands
                                                : LogLevel::runs);
}

std::unique_ptr<Observer> trace_for(std::string const& file)
try {
    if (file.empty())
        return {};
    return detail::TraceWriter::trace_of(TraceFile(file, TraceFile::Shared{}));
} catch (std::exception const& error) {
    static_cast<void>(sys::write_all(
        2, "runnel: RUNNEL_TRACE: " + in_one_line(error.what()) + '\n'));
    return {};
}

/// Never destroyed: runs may go on after `main`.
Observer* make_from_environment() noexcept
try {
    return observer_for(sys::trusted_variable("RUNNEL_VERBOSE"),
                        sys::trusted_variable("RUNNEL_TRACE"))
        .release();
} catch (...) { // no memory
    return nullptr;
}

} // namespace

std::unique_ptr<Observer> observer_for(std::string const& verbose,
                                       std::string const& trace)
{
    auto log = log_for(verbose);
    auto events = trace_for(trace);
    if (log && events)
        return std::make_unique<Both>(std::move(log), std::move(events));
    return log ? std::move(log) : std::move(events);
}

Observer* environment_observer() noexcept
{
    static constinit sys::Immortal<Observer*> asked_for;
    return asked_for.get(make_from_environment);
}

} // namespace runnel::inline v0
