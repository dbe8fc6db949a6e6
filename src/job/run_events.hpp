// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Tells the observer of a run what happens to the run as a whole, and to its parts
// that are no children.
#pragma once

#include "job/course.hpp"
#include "job/idle_watch.hpp"

#include <runnel/observer.hpp>
#include <runnel/program.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace runnel::inline v0 {

/// Holds nothing if nobody observes; every function then does nothing.
class RunEvents {
public:
    /// `program` must outlive this object. `observer` may be null.
    RunEvents(Program const& program, Observer* observer);
    RunEvents(RunEvents const&) = delete;
    RunEvents& operator=(RunEvents const&) = delete;
    ~RunEvents();

    bool is_observed() const noexcept { return watched_ != nullptr; }

    /// Null if nobody observes.
    Observer* observer() const noexcept;

    /// The id of the run; 0 if nobody observes.
    RunId run() const noexcept;

    void began();

    /// A helper of a unit has started, or has ended.
    void started(std::size_t helper) const noexcept;
    struct Bytes {
        std::optional<std::uint64_t> in{};
        std::optional<std::uint64_t> out{};
    };
    void ended(std::size_t helper, Bytes const& moved) const noexcept;

    /// Tells of the pipes through which bytes have moved since the last call.
    void look_at_bytes(IdleWatch const& pipes) noexcept;

    /// The run has ended. Counts once.
    void ended(std::optional<Outcome> const& outcome, bool was_early) noexcept;

private:
    struct Watched;

    template <class Event>
    void tell_if(void (Observer::*told)(Event const&),
                 Event const& event) const noexcept;
    HelperView view(std::size_t helper) const noexcept;

    std::unique_ptr<Watched> watched_;
};

} // namespace runnel::inline v0
