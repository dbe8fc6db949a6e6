// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Starts the units of a program: opens what they need, makes their children and
// helpers, undoes all of it if a part cannot be started.
#pragma once

#include "io/no_wait_fd.hpp"
#include "io/outlet.hpp"
#include "job/course.hpp"
#include "job/uses.hpp"
#include "sys/spawn.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0 {

struct RunParts;

class Starter {
public:
    /// A part of `parts`.
    explicit Starter(RunParts& parts);
    Starter(Starter const&) = delete;
    Starter& operator=(Starter const&) = delete;

    /// The outcome of what could not be started, with its error; none: it started.
    /// A value, because a throw costs as much as a start.
    using Refusal = std::optional<Outcome>;

    /// Starts all parts of a unit, or none.
    [[nodiscard]] Refusal start_unit(std::size_t unit);

    /// The same in two steps, so that units of other programs start meanwhile:
    /// `begin_unit` returns as soon as the children exist, `finish_unit` waits until
    /// they execute. No other unit of this program may start in between.
    /// `alone`: a single child is started the simple way, which waits for it.
    struct BegunUnit {
        std::size_t unit = 0;
        std::size_t helpers = 0; ///< how many there were before
    };
    [[nodiscard]] Refusal begin_unit(BegunUnit const& begun,
                                     bool alone = false);
    [[nodiscard]] Refusal finish_unit(BegunUnit const& begun);

    /// True between these two.
    bool is_starting() const noexcept { return depth_ > 0; }

    /// Starts parts of a list until one runs, or the list and perhaps those
    /// around it are decided.
    void go_on(Course::Next next);

    /// Releases the endpoints of lists that have ended.
    void settle_finished() noexcept;

private:
    using Step = ProgramUnit::Step;

    class Undo;
    void undo(BegunUnit const& begun) noexcept;
    Refusal refused(SpawnError const& error);
    Refusal do_step(Step step, bool alone);
    Refusal start_command(std::size_t index, bool alone);
    void give_up(ProgramUnit const& unit, std::size_t helpers) noexcept;

    std::vector<sys::FdMove> moves_of(std::size_t index) const;
    void start_helper(std::size_t index);
    void start_code(std::size_t index);
    void start_tee(std::size_t index);
    void start_join(std::size_t index);
    Refusal start_list(std::size_t list);
    Refusal start_part(std::size_t list, std::size_t part);

    NoWaitFd inlet(std::size_t endpoint);
    Outlet outlet(std::size_t endpoint);
    std::string name_of(std::size_t endpoint) const;
    std::string branch_name(ProgramPlace tee, std::size_t branch) const;

    RunParts& parts_;
    Uses uses_;
    int depth_ = 0; ///< of nested units that are being started
};

} // namespace runnel::inline v0
