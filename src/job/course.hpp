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
    bool cut_short = false; ///< there was more to come
    bool is_command = true; ///< false: C++, which has no status
    /// Why it could not be started, if it could not.
    std::shared_ptr<SpawnError const> refusal{};
};

/// Follows a program from its start to its outcome.
///
/// `ended` takes the end of one part and says what starts next. Lists that have
/// come to their end are told by `finished`, since what they hold is to be
/// let go.
class Course {
public:
    using Part = ProgramGroup::Part;

    /// `program` must outlive it.
    explicit Course(Program const& program);

    /// What comes next in a list: its part `part`.
    struct Next {
        std::size_t list;
        std::size_t part;
    };

    /// A part has ended. Nothing: nothing starts now.
    std::optional<Next> ended(ProgramPlace place, Outcome outcome);

    /// The part of a list that was to start has not, or has ended: true if the
    /// list goes on with the part behind it. May turn the outcome into that of
    /// the list.
    bool goes_on(std::size_t list, std::size_t part, Outcome& outcome);

    /// Nothing, while something runs.
    std::optional<Outcome> const& outcome() const noexcept { return outcome_; }

    /// From now on, lists end with the command that runs, and have failed if
    /// there was more to come, as if by `signal` (not 0). From any thread; for
    /// good.
    void stop_starting(int signal) noexcept { stop_signal_ = signal; }

    /// Those in front of `part` of `group` are read no more: the lists among
    /// them go no further.
    void dismiss(std::size_t group) noexcept
    {
        groups_[group].dismissed = true;
    }

    /// A list that has ended behind its part `last`.
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
        bool dismissed = false;
    };

    static bool decides(ProgramGroup const& list, std::size_t part,
                        Outcome const& outcome);
    bool is_cut_short(Outcome& outcome) const;
    std::optional<Outcome> side_by_side(ProgramPlace place, Outcome outcome);
    Outcome decisive_of(std::size_t group) const;

    Program const& program_;
    std::vector<Progress> groups_; ///< one for each of the program
    std::vector<Finished> finished_; ///< has room for all lists
    std::optional<Outcome> outcome_;
    std::atomic<int> stop_signal_{0}; ///< 0: lists go on
};

} // namespace runnel::inline v0
