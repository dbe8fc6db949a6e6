// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/terminal_draft.hpp"

#include "plan/plan_text.hpp"
#include "plan/redirections.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;

Redirection const* redirection_of(PlanNode const& node, int fd)
{
    auto const at = std::ranges::find(node.redirections, fd, &Redirection::fd);
    return at == node.redirections.end() ? nullptr : &*at;
}

bool is_by_hand(PlanNode const& node, int fd)
{
    auto const* const own = redirection_of(node, fd);
    return own != nullptr && is_driven_by_hand(*own);
}

std::optional<Pty> wanted_by(PlanNode const& node)
{
    auto const& settings = node.stage ? node.stage : node.defaults;
    return settings ? settings->options.pty : std::nullopt;
}

} // namespace

void TerminalDraft::note_verb(Scope const& scope)
{
    for (int const fd : {0, 1, 2})
        if (auto const endpoint = scope.find(fd); tap_of(endpoint) == 0)
            of_verb_[static_cast<std::size_t>(fd)] = endpoint;
}

void TerminalDraft::put(PlanNode const& node, Scope& scope, std::size_t unit,
                        OpenTap const& open_tap)
{
    auto const wanted = wanted_by(node);
    if (!wanted)
        return;
    auto const streams = streams_of(node, scope);
    if (streams.empty())
        refuse_argument("a terminal is asked for, but stdin, stdout and stderr "
                        "of \""
                        + command_of(node) + "\" all lead elsewhere");
    auto const terminal = screen(node, streams, scope, open_tap);
    set_up(terminal, *wanted, node);
    if (draft_.program.endpoints[terminal].keyboard == no_index)
        add_keyboard(terminal, node, scope, unit);
    for (int const fd : streams)
        scope.set(fd, terminal);
}

std::vector<int> TerminalDraft::streams_of(PlanNode const& node,
                                           Scope const& scope) const
{
    std::vector<int> streams;
    for (int const fd : {0, 1, 2}) {
        auto const old = scope.find(fd);
        bool const is_free = old == no_index || tap_of(old) != 0
                          || std::ranges::find(of_verb_, old) != of_verb_.end()
                          || draft_.program.endpoints[old].is_terminal();
        if (is_free && redirection_of(node, fd) == nullptr)
            streams.push_back(fd);
    }
    return streams;
}

/// The endpoint through which this process reads what the terminal shows.
std::size_t TerminalDraft::screen(PlanNode const& node,
                                  std::vector<int> const& streams,
                                  Scope const& scope, OpenTap const& open_tap)
{
    for (int const fd : streams) {
        auto const old = scope.find(fd);
        if (fd == 0 || old == no_index)
            continue;
        int const tapped = tap_of(old);
        return tapped == 0 ? old : open_tap(tapped);
    }
    if (is_by_hand(node, 1) && is_by_hand(node, 2))
        refuse_argument("nobody reads what the terminal of \""
                        + command_of(node)
                        + "\" shows: its stdout and stderr are pipes");
    if (!has_hands_)
        refuse_argument("nobody reads the terminal of \"" + command_of(node)
                        + "\": use start() and the streams of the Job, or "
                          "read, lines or capture_output");
    if (in_hand_ == no_index) {
        bool const is_out_taken = is_by_hand(node, 1) || has_hand(1);
        in_hand_ = draft_.in_hand(is_out_taken ? 2 : 1);
    }
    return in_hand_;
}

void TerminalDraft::set_up(std::size_t terminal, Pty const& wanted,
                           PlanNode const& node)
{
    auto& pty = draft_.program.endpoints[terminal].pty;
    if (pty && *pty != wanted)
        refuse_argument("the terminal of \"" + command_of(node)
                        + "\" is that of other commands, too, but they ask for "
                          "another size or mode");
    pty = wanted;
}

// If nobody types, end of file is typed.
void TerminalDraft::add_keyboard(std::size_t terminal, PlanNode const& node,
                                 Scope const& scope, std::size_t unit)
{
    auto const old = scope.find(0);
    bool const is_input = old != no_index && old == of_verb_[0]
                       && redirection_of(node, 0) == nullptr;
    bool const is_hand =
        has_hands_ && !is_input && !is_by_hand(node, 0) && !has_hand(0);
    auto const keyboard =
        is_input  ? old
        : is_hand ? draft_.in_hand(0)
                  : draft_.open({.kind = Kind::text,
                                 .text = std::make_shared<std::string>(),
                                 .is_bytes = true},
                                unit);
    draft_.program.endpoints[keyboard].peer = terminal;
    draft_.program.endpoints[terminal].keyboard = keyboard;
}

bool TerminalDraft::has_hand(int stream) const
{
    return std::ranges::any_of(
        draft_.program.endpoints, [&](Endpoint const& endpoint) {
            return endpoint.kind == Kind::in_hand && endpoint.fd == stream;
        });
}

void refuse_shared_keyboards(Program const& program)
{
    for (auto const& endpoint : program.endpoints)
        if (endpoint.is_keyboard() && endpoint.commands + endpoint.others > 0)
            throw std::invalid_argument(
                "the input is typed into the terminal of a command, but "
                "another "
                "part reads it as well: give that part an input of its own");
}

} // namespace runnel::inline v0
