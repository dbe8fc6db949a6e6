// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/session_leaders.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using Part = ProgramGroup::Part;

class LeaderSearch {
public:
    LeaderSearch(Program& program, std::size_t terminal)
        : program_(program), terminal_(terminal)
    {
    }

    /// Returns false if no command of the part is on the terminal.
    bool choose_in(Part part)
    {
        if (part.kind == Part::Kind::command)
            return choose(program_.commands[part.index]);
        return part.kind == Part::Kind::group
            && choose_in(program_.groups[part.index]);
    }

private:
    bool choose_in(ProgramGroup const& group)
    {
        auto const choose = [this](Part part) { return choose_in(part); };
        if (group.runs_in_turn())
            return std::ranges::count_if(group.parts, choose) > 0;
        if (group.kind == ProgramGroup::Kind::command)
            return std::ranges::any_of(group.parts, choose);
        return std::any_of(group.parts.rbegin(), group.parts.rend(), choose);
    }

    // A command without `.pty()` may write to the terminal as well, because that is
    // the stdout of the whole.
    bool choose(ProgramCommand& command) const
    {
        if (!command.stage->options.pty)
            return false;
        for (int const number : {0, 1, 2})
            if (leads_here(command, number)) {
                command.terminal = number;
                return true;
            }
        return false;
    }

    bool leads_here(ProgramCommand const& command, int number) const
    {
        return std::ranges::find(command.connections,
                                 Connection{number, terminal_})
            != command.connections.end();
    }

    Program& program_;
    std::size_t terminal_;
};

} // namespace

void choose_session_leaders(Program& program)
{
    for (std::size_t i = 0; i < program.endpoints.size(); ++i)
        if (program.endpoints[i].is_terminal())
            LeaderSearch(program, i).choose_in(program.root);
}

} // namespace runnel::inline v0
