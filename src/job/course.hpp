// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which parts of a program wait for others, and what the end of one part means
// for the rest. Pure: no children, no system.
#pragma once

#include <runnel/error.hpp>
#include <runnel/program.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// How a part of a program ended.
struct Outcome {
    bool failed = false;
    int returncode = 0;
    std::size_t decided_by = 0; ///< a stage, counted from 0
    bool cut_short = false; ///< a list was stopped before its end
    bool is_command = true; ///< false: an in-process part, without status
    /// Set if the part could not be started.
    std::shared_ptr<SpawnError const> refusal{};
};

/// Follows a program from its start to its outcome.
///
/// `ended` takes the end of one part and returns what starts next. `finished`
/// gives the lists that have ended, so that what they hold is released.
class Course {
public:
    using Part = ProgramGroup::Part;

    /// `program` must outlive this object.
    explicit Course(Program const& program);

    /// The part of a list that starts next.
    struct Next {
        std::size_t list;
        std::size_t part;
    };

    /// Takes the end of a part. Returns nothing if nothing starts now.
    std::optional<Next> ended(ProgramPlace place, Outcome outcome);

    /// A part of a list has ended, or could not be started. Returns true if the
    /// list goes on with the next part. Otherwise may turn the outcome of the
    /// part into that of the list.
    bool goes_on(std::size_t list, std::size_t part, Outcome& outcome);

    /// The outcome of the program; nothing while a part still runs.
    std::optional<Outcome> const& outcome() const noexcept { return outcome_; }

    /// From now on, lists start no more parts. A list that had more to start
    /// has failed, as if by `signal` (not 0). Any thread may call this. It
    /// cannot be undone.
    void stop_starting(int signal) noexcept { stop_signal_ = signal; }

    /// Everything is being ended: no end of a part ends others any more.
    void stop_settling() noexcept { settles_ = false; }

    /// Nothing reads the output of this group any more, or it was to run until now:
    /// if the group is a list, it starts no more parts.
    void dismiss(std::size_t group) noexcept
    {
        groups_[group].dismissed = true;
    }

    /// The groups of `together` that have come to their end before all of their
    /// parts: those that still run must be ended.
    std::optional<std::size_t> take_settled() noexcept;

    /// A list that has ended after its part `last`.
    struct Finished {
        std::size_t list;
        std::size_t last;
    };
    std::vector<Finished> const& finished() const noexcept { return finished_; }
    void forget_finished() noexcept { finished_.clear(); }

    /// True if `place` lies in `group`, however deep.
    bool lies_in(ProgramPlace place, std::size_t group) const noexcept;

private:
    struct Progress {
        std::vector<Outcome> outcomes{}; ///< of parts that run side by side
        std::size_t running = 0;
        std::size_t settled_by = no_index; ///< of `together`: this part
        bool dismissed = false;
    };

    static bool decides(ProgramGroup const& list, std::size_t part,
                        Outcome const& outcome);
    bool is_cut_short(Outcome& outcome) const;
    std::optional<Outcome> side_by_side(ProgramPlace place, Outcome outcome);
    void look_at_until(ProgramPlace place, Outcome const& outcome) noexcept;
    Outcome decisive_of(std::size_t group) const;

    Program const& program_;
    std::vector<Progress> groups_; ///< one for each group of the program
    std::vector<Finished> finished_; ///< has room for all lists
    std::vector<std::size_t> settled_; ///< likewise for all groups
    std::optional<Outcome> outcome_;
    std::atomic<int> stop_signal_{0}; ///< 0: lists go on
    bool settles_ = true;
};

} // namespace runnel::inline v0
