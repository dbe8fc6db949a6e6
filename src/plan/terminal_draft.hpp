// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The terminals of a program under construction.
#pragma once

#include "plan/program_draft.hpp"
#include "plan/scope.hpp"

#include <runnel/plan.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace runnel::inline v0 {

/// A terminal is a pipe to this process of another make: an endpoint that the verb
/// has connected, or a new one in hand, becomes one.
class TerminalDraft {
public:
    /// `has_hands`: see `Lowering`. `draft` must outlive this object.
    TerminalDraft(ProgramDraft& draft, bool has_hands)
        : draft_(draft), has_hands_(has_hands)
    {
    }

    /// Remembers what the verb has connected around the whole.
    void note_verb(Scope const& scope);

    /// Makes an endpoint for a stream that is tapped.
    using OpenTap = std::function<std::size_t(int stream)>;

    /// If the node asks for a terminal, its streams that nothing redirects lead
    /// there: this process's own, and those of the verb. The redirections of the
    /// node are made later, so that its `2>&1` leads to the terminal. Throws
    /// `std::invalid_argument` if nobody would read the terminal.
    void put(PlanNode const& node, Scope& scope, std::size_t unit,
             OpenTap const& open_tap);

private:
    std::vector<int> streams_of(PlanNode const& node, Scope const& scope) const;
    std::size_t screen(PlanNode const& node, std::vector<int> const& streams,
                       Scope const& scope, OpenTap const& open_tap);
    void set_up(std::size_t terminal, Pty const& wanted, PlanNode const& node);
    void add_keyboard(std::size_t terminal, PlanNode const& node,
                      Scope const& scope, std::size_t unit);
    bool has_hand(int stream) const;

    ProgramDraft& draft_;
    bool has_hands_;
    std::array<std::size_t, 3> of_verb_{no_index, no_index, no_index};
    std::size_t in_hand_ = no_index; ///< the terminal that the caller has
};

/// Throws `std::invalid_argument` if something is typed into a terminal that a
/// part of the program would read from a pipe.
void refuse_shared_keyboards(Program const& program);

} // namespace runnel::inline v0
