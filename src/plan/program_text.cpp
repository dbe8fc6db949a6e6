// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program as text: in full, and in one line for messages.
#include "child/setting_values.hpp"
#include "plan/lower.hpp"
#include "plan/plan_text.hpp"
#include "plan/shell_command.hpp"
#include "text/quote.hpp"

#include <runnel/words.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;
using GroupKind = ProgramGroup::Kind;
using Part = ProgramGroup::Part;
using Step = ProgramUnit::Step;

// --- in one line -------------------------------------------------------------------

} // namespace

std::string_view label_of(ProgramHelper const& helper) noexcept
{
    if (helper.code)
        return helper.code->label();
    return helper.is_join() ? "join" : "tee";
}

namespace {

std::string_view between(GroupKind kind)
{
    switch (kind) {
    case GroupKind::all_of: return " && ";
    case GroupKind::any_of: return " || ";
    case GroupKind::sequence: return "; ";
    case GroupKind::together: return " & ";
    default: return " | ";
    }
}

std::string line_for(Program const& program, Part part);

bool needs_braces(Program const& program, Part part)
{
    if (part.kind != Part::Kind::group)
        return false;
    auto const& group = program.groups[part.index];
    return group.kind == GroupKind::together
        || (group.runs_in_turn() && group.kind != GroupKind::negation);
}

std::string joined(Program const& program, ProgramGroup const& group)
{
    std::string line;
    for (auto const& part : group.parts) {
        if (program.is_join(part))
            continue;
        if (!line.empty())
            line += between(group.kind);
        line += needs_braces(program, part)
                  ? "{ " + line_for(program, part) + "; }"
                  : line_for(program, part);
    }
    return line;
}

std::string line_for(Program const& program, Part part)
{
    if (part.kind == Part::Kind::command)
        return program.commands[part.index].stage->command();
    if (part.kind == Part::Kind::helper) {
        return std::string(label_of(program.helpers[part.index]));
    }
    auto const& group = program.groups[part.index];
    switch (group.kind) {
    case GroupKind::command:
    case GroupKind::tee: return line_for(program, group.parts.front());
    case GroupKind::negation: return "! " + joined(program, group);
    default: return joined(program, group);
    }
}

// --- all of it ---------------------------------------------------------------------

std::string_view word_of(Endpoint::Use use)
{
    switch (use) {
    case Endpoint::Use::read: return "read";
    case Endpoint::Use::write: return "write";
    default: return "append";
    }
}

std::string kind_of(Endpoint const& endpoint)
{
    switch (endpoint.kind) {
    case Kind::descriptor: return "descriptor " + std::to_string(endpoint.fd);
    case Kind::file:
        return std::string(word_of(endpoint.use)) + ' ' + quote(endpoint.path);
    case Kind::null_device:
        return std::string(word_of(endpoint.use)) + " the null device";
    case Kind::pipe_read:
        return "read from pipe end " + std::to_string(endpoint.peer);
    case Kind::pipe_write:
        return "write to pipe end " + std::to_string(endpoint.peer);
    case Kind::captured: return "capture " + std::to_string(endpoint.peer);
    case Kind::memory_file:
        return "capture " + std::to_string(endpoint.peer) + " in a memory file";
    case Kind::text:
        return "text " + quote(*endpoint.text)
             + (endpoint.secret_text ? ' ' + std::string(secret_remark) : "");
    case Kind::input: return "input";
    case Kind::in_hand: return "in hand " + std::to_string(endpoint.fd);
    }
    return {};
}

std::string words_of(Endpoint const& endpoint)
{
    auto line = kind_of(endpoint);
    if (endpoint.is_terminal())
        line += " by a terminal of " + text_of(*endpoint.pty);
    if (endpoint.is_keyboard())
        line += " typed into " + std::to_string(endpoint.peer);
    return line;
}

std::string index_of(std::size_t index, std::string_view otherwise)
{
    return index == no_index ? std::string(otherwise) : std::to_string(index);
}

std::string words_of(ProgramCommand const& command)
{
    auto line = shell_command(*command.stage);
    line += command.stage->checked ? "" : " (unchecked)";
    for (auto const code : command.stage->accept.value_or(std::vector<int>()))
        line += " accepts " + std::to_string(code);
    if (!command.stage->name.empty())
        line += " named " + quote(command.stage->name);
    for (auto const& setting : unsaid_settings(*command.stage))
        line += ' ' + setting;
    for (auto const& [number, endpoint] : command.connections)
        line += ' ' + std::to_string(number) + "->" + std::to_string(endpoint);
    if (command.terminal >= 0)
        line += " controlled by " + std::to_string(command.terminal);
    return line;
}

std::string words_of(ProgramHelper const& helper)
{
    std::string line(label_of(helper));
    for (auto const& [endpoint, label] : helper.joined)
        line += " line->" + std::to_string(endpoint)
              + (label.empty() ? "" : " labelled " + quote(label));
    if (!helper.is_join())
        line += " 0->" + index_of(helper.in, "stdin");
    line += " 1->" + index_of(helper.out, "stdout");
    for (auto const copy : helper.copies)
        line += " copy->" + std::to_string(copy);
    return line;
}

std::string words_of(ProgramCapture const& kept)
{
    return "stream " + std::to_string(kept.stream) + " of "
         + (kept.stage == no_index ? std::string("no command")
                                   : "command " + std::to_string(kept.stage))
         + (kept.target != nullptr ? ", to a string" : "")
         + (kept.shown_on < 0 ? ""
                              : ", shown on " + std::to_string(kept.shown_on));
}

std::string words_of(Part part)
{
    std::string_view const kind = part.kind == Part::Kind::command ? "command "
                                : part.kind == Part::Kind::helper  ? "helper "
                                                                   : "group ";
    auto line = std::string(kind) + std::to_string(part.index);
    if (part.unit != no_index)
        line += " by unit " + std::to_string(part.unit);
    return part.is_branch ? line + " as a branch" : line;
}

std::string words_of(ProgramGroup const& group)
{
    constexpr std::string_view names[] = {"pipeline", "command", "tee",
                                          "together", "all of",  "any of",
                                          "sequence", "negation"};
    constexpr std::string_view ends[] = {"", " until one ends",
                                         " until one fails"};
    std::string line(names[static_cast<std::size_t>(group.kind)]);
    line += ends[static_cast<std::size_t>(group.until)];
    line += ':';
    for (auto const& part : group.parts)
        line += ' ' + words_of(part) + ';';
    return line;
}

std::string words_of(ProgramUnit const& unit)
{
    constexpr std::string_view names[] = {"need", "open", "start command",
                                          "start helper", "begin group"};
    std::string line;
    for (auto const& step : unit.steps)
        line += (line.empty() ? "" : ", ")
              + std::string(names[static_cast<std::size_t>(step.kind)]) + ' '
              + std::to_string(step.index);
    return line;
}

template <class Entries>
void add_lines(std::string& text, std::string_view name, Entries const& entries)
{
    for (std::size_t i = 0; i < entries.size(); ++i)
        text += std::string(name) + ' ' + std::to_string(i) + ": "
              + words_of(entries[i]) + '\n';
}

} // namespace

std::string command_of(Program const& program)
{
    return line_for(program, program.root);
}

std::string command_of(Program const& program, Part part)
{
    return line_for(program, part);
}

std::string to_string(Program const& program)
{
    std::string text;
    add_lines(text, "command", program.commands);
    add_lines(text, "helper", program.helpers);
    add_lines(text, "endpoint", program.endpoints);
    add_lines(text, "capture", program.captures);
    add_lines(text, "group", program.groups);
    add_lines(text, "unit", program.units);
    return text;
}

Secrets secrets_in_texts(Program const& program)
{
    Secrets secrets;
    for (auto const& endpoint : program.endpoints)
        endpoint.secret_text.add_to(secrets);
    return secrets;
}

bool operator==(Program const& a, Program const& b)
{
    auto const same_words = [](ProgramCommand const& x,
                               ProgramCommand const& y) {
        return x.stage->args == y.stage->args
            && x.stage->options.env == y.stage->options.env;
    };
    auto const same_text = [](Endpoint const& x, Endpoint const& y) {
        return x.secret_text == y.secret_text;
    };
    return to_string(a) == to_string(b)
        && std::ranges::equal(a.commands, b.commands, same_words)
        && std::ranges::equal(a.endpoints, b.endpoints, same_text);
}

} // namespace runnel::inline v0
