// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/uses.hpp"

namespace runnel::inline v0 {

Uses::Uses(Program const& program, Wiring& wiring)
    : program_(program), wiring_(wiring),
      ended_(program.commands.size() + program.helpers.size()
             + program.groups.size())
{
}

bool Uses::is_first_time(std::size_t part) noexcept
{
    bool const is_first = !ended_[part];
    ended_[part] = true;
    return is_first;
}

void Uses::end(std::size_t endpoint) noexcept
{
    if (endpoint != no_index)
        wiring_.release(endpoint);
}

void Uses::end_command(std::size_t index) noexcept
{
    if (!is_first_time(index))
        return;
    for (auto const& connection : program_.commands[index].connections)
        end(connection.endpoint);
}

void Uses::end_helper(std::size_t index) noexcept
{
    if (!is_first_time(program_.commands.size() + index))
        return;
    program_.helpers[index].for_each_endpoint(
        [this](std::size_t endpoint) { end(endpoint); });
}

void Uses::end_held(std::size_t list) noexcept
{
    if (!is_first_time(program_.commands.size() + program_.helpers.size()
                       + list))
        return;
    for (auto const endpoint : program_.groups[list].held)
        end(endpoint);
}

void Uses::end_list(std::size_t list, std::size_t first_part) noexcept
{
    end_held(list);
    auto const& parts = program_.groups[list].parts;
    for (auto part = first_part; part < parts.size(); ++part)
        end_unit(program_.units[parts[part].unit]);
}

void Uses::end_unit(ProgramUnit const& unit) noexcept
{
    using StepKind = ProgramUnit::Step::Kind;
    for (auto const& [kind, index] : unit.steps)
        if (kind == StepKind::command)
            end_command(index);
        else if (kind == StepKind::helper)
            end_helper(index);
        else if (kind == StepKind::list)
            end_list(index, 0);
}

} // namespace runnel::inline v0
