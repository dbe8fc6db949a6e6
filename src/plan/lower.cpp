// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/lower.hpp"

#include "child/check_stdio.hpp"
#include "plan/join_draft.hpp"
#include "plan/plan_text.hpp"
#include "plan/program_draft.hpp"
#include "plan/redirections.hpp"
#include "plan/scope.hpp"
#include "plan/session_leaders.hpp"
#include "plan/terminal_draft.hpp"
#include "sys/names.hpp"
#include "text/visible.hpp"

#include <runnel/expression.hpp>
#include <runnel/words.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;
using Use = Endpoint::Use;
using NodeKind = PlanNode::Kind;
using GroupKind = ProgramGroup::Kind;
using Part = ProgramGroup::Part;
using Step = ProgramUnit::Step;
using StagePtr = std::shared_ptr<PlannedStage const>;

GroupKind group_kind(NodeKind kind)
{
    switch (kind) {
    case NodeKind::all_of: return GroupKind::all_of;
    case NodeKind::any_of: return GroupKind::any_of;
    case NodeKind::sequence: return GroupKind::sequence;
    default: return GroupKind::negation;
    }
}

/// The descriptor of the command itself that is copied, if one is.
std::optional<int> copied_fd(Redirection const& redirection)
{
    if (auto const* same = std::get_if<SameAs>(&redirection.target))
        return same->fd;
    auto const* stdio = stdio_of(redirection);
    if (stdio != nullptr && stdio->kind() == Stdio::out)
        return 1;
    return {};
}

/// The name of an in-process part in errors; empty for other parts.
std::string label_of(PlanNode const& node)
{
    if (node.code)
        return node.code->label();
    return node.kind == NodeKind::tee ? "tee" : "";
}

bool is_file(Redirection const& redirection)
{
    auto const* stdio = stdio_of(redirection);
    return stdio != nullptr
        && (stdio->kind() == Stdio::file || stdio->kind() == Stdio::devnull);
}

void need_open(bool is_open, PlanNode const& node, int fd, std::string_view why)
{
    if (!is_open)
        refuse_argument(std::string(why) + ", but " + stream_name(fd) + " of \""
                        + command_of(node) + "\" is connected already");
}

/// The position of a part, and what surrounds it.
struct At {
    std::size_t unit; ///< starts it
    ProgramPlace place{};
    StagePtr settings{}; ///< of the wholes around it
    Scope const* around = nullptr; ///< of the pipeline that it is a part of

    // Whether its streams are those of the whole.
    bool is_out = true;
    bool is_err = true;
    bool is_main = true; ///< false: in a branch of a tee, `from` or `into`

    // The command in front, if there is one, and its stream that the part
    // reads.
    std::size_t writer = no_index;
    int writes = 1;
};

At inside(At at, std::size_t group, std::size_t index)
{
    at.place = {group, index};
    at.around = nullptr;
    return at;
}

At aside(At at)
{
    at.is_out = at.is_err = at.is_main = false;
    at.writer = no_index;
    return at;
}

Endpoint file_of(Stdio const& stdio, bool reads, PlanNode const& node,
                 At const& at)
{
    bool const is_null = stdio.kind() == Stdio::devnull;
    bool const appends = stdio.mode() == Stdio::Mode::append;
    auto label = label_of(node);
    return {.kind = is_null ? Kind::null_device : Kind::file,
            .use = reads   ? Use::read
                 : appends ? Use::append
                           : Use::write,
            .path = stdio.path(),
            .stage = label.empty() ? no_index : at.writer,
            .label = std::move(label)};
}

/// `wanted`, or the next lower number that the command does not use yet.
int free_number(int wanted, Scope const& scope, PopenOptions const& options)
{
    auto const& passed = options.pass_fds;
    while (scope.find(wanted) != no_index
           || std::ranges::find(passed, wanted) != passed.end())
        --wanted;
    return wanted;
}

class Lowerer {
public:
    /// Fills `program`.
    Lowerer(Lowering const& how, Program& program)
        : how_(how), draft_(program), terminals_(draft_, how.has_hands)
    {
    }

    void lower(PlanNode const& root)
    {
        Scope scope;
        At at{.unit = draft_.begin_unit()};
        connect_whole(root, scope, at);
        terminals_.note_verb(scope);
        program().commands.reserve(root.size);
        program().root = part(root, std::move(scope), at);
        draft_.end_unit(at.unit);
        draft_.settle_whole();
        order_captures(program(), written_);
        refuse_shared_keyboards(program());
        choose_session_leaders(program());
        if (how_.show)
            show_captures(program());
        if (how_.memory_files)
            put_into_memory_files(program());
    }

private:
    Program& program() noexcept { return draft_.program; }

    // Connects the streams that the verb adds around the whole expression.
    void connect_whole(PlanNode const& root, Scope& scope, At& at)
    {
        if (how_.input) {
            need_open(root.open.in, root, 0, "input is given");
            scope.set(0, draft_.open({.kind = Kind::input}, at.unit));
        }
        using Tap = Lowering::Tap;
        if (how_.capture_output || how_.tap >= Tap::kept)
            scope.set(2, tap_endpoint(2));
        if (how_.tap == Tap::passed_on)
            scope.set(1, tap_endpoint(1));
        else if (how_.in_hand != 0)
            hand_over(root, scope);
        else if (how_.capture_output || !how_.capture_out.empty()
                 || (how_.tap != Tap::none && root.open.out))
            capture_whole(root, scope, at);
    }

    // The caller reads stderr, too, as the stdout of the job: a job that is read
    // by a range has one stream for that.
    void hand_over(PlanNode const& root, Scope& scope)
    {
        need_open(how_.in_hand == 1 ? root.open.out : root.open.err, root,
                  how_.in_hand, "a range reads it");
        scope.set(how_.in_hand, draft_.in_hand(1));
    }

    void capture_whole(PlanNode const& root, Scope& scope, At& at)
    {
        need_open(root.open.out, root, 1,
                  how_.capture_out.empty() ? "capture_output is given"
                                           : how_.capture_out);
        scope.set(1, captured({1, false, capture}, nullptr, at));
        program().captures.back().is_for_string = !how_.capture_out.empty();
        at.is_out = false;
    }

    // --- redirections ------------------------------------------------------------

    // Pipes to this process are connected first, like those between parts; the
    // others in the order written.
    void redirect(PlanNode const& node, Scope& scope, At& at)
    {
        if (node.redirections.empty())
            return;
        for (bool const to_us : {true, false})
            for (auto const& redirection : node.redirections)
                if (is_pipe_to_us(redirection) == to_us)
                    scope.set(redirection.fd,
                              target_of(node, redirection, scope, at));
        for (auto const& redirection : node.redirections) {
            need_open(!how_.capture_output || redirection.fd != 2, node, 2,
                      "capture_output is given");
            at.is_out &= redirection.fd != 1;
            at.is_err &= redirection.fd != 2;
        }
    }

    std::size_t target_of(PlanNode const& node, Redirection const& redirection,
                          Scope const& scope, At const& at)
    {
        if (is_file(redirection))
            return draft_.file(at.unit,
                               file_of(std::get<Stdio>(redirection.target),
                                       redirection.reads, node, at));
        if (auto const fd = copied_fd(redirection)) {
            auto const known = scope.find(*fd);
            return known != no_index ? known : draft_.descriptor(*fd, at.unit);
        }
        if (std::holds_alternative<Capture>(redirection.target))
            return captured(redirection, nullptr, at);
        if (auto const* string = std::get_if<ToString>(&redirection.target))
            return captured(redirection, string->target, at);
        if (auto const* text = std::get_if<Text>(&redirection.target))
            return draft_.open({.kind = Kind::text,
                                .text = text->bytes,
                                .secret_text = text->secret_text,
                                .is_bytes = text->is_bytes},
                               at.unit);
        if (auto const fd = inherited_fd(redirection))
            return draft_.descriptor(*fd, at.unit);
        return in_hand(redirection.fd);
    }

    std::size_t captured(Redirection const& redirection, std::string* target,
                         At const& at)
    {
        int const stream = redirection.fd;
        auto const index =
            draft_.add_capture({.stream = stream, .target = target});
        bool const is_whole =
            (stream == 1 && at.is_out) || (stream == 2 && at.is_err);
        if (is_whole && target == nullptr)
            draft_.keep_for_whole(stream, index);
        auto const endpoint = draft_.capture_endpoint(index);
        draft_.step(at.unit, Step::Kind::open, endpoint);
        return endpoint;
    }

    std::size_t in_hand(int fd)
    {
        if (!how_.has_hands)
            throw std::invalid_argument(
                "Stdio::pipe needs somebody at its other end: use start() and "
                "the streams of the Job, or capture and text");
        return draft_.in_hand(fd);
    }

    /// Replaces each tap in `connections` by a pipe to this process. They are
    /// the connections of command `stage`, or of an in-process part
    /// (`no_index`).
    void open_taps(std::vector<Connection>& connections, std::size_t stage,
                   At const& at)
    {
        for (int const fd : {1, 2}) {
            auto own = no_index;
            for (auto& [number, endpoint] : connections)
                if (tap_of(endpoint) == fd) {
                    if (own == no_index)
                        own = open_tap(stage, fd, at);
                    endpoint = own;
                }
        }
    }

    std::size_t open_tap(std::size_t stage, int fd, At const& at)
    {
        auto const index = draft_.add_capture(
            {.stage = stage,
             .stream = fd,
             .is_tapped = how_.tap == Lowering::Tap::passed_on});
        if (at.is_main && how_.tap != Lowering::Tap::passed_on)
            draft_.keep_for_whole(fd, index);
        auto const endpoint = draft_.capture_endpoint(index);
        draft_.step(at.unit, Step::Kind::open, endpoint);
        return endpoint;
    }

    // --- parts -------------------------------------------------------------------

    Part part(PlanNode const& node, Scope scope, At at)
    {
        auto const outside = scope;
        at.settings = merged(at.settings, node.defaults);
        terminals_.put(node, scope, at.unit, [&](int stream) {
            return open_tap(draft_.next_command(), stream, at);
        });
        auto const first = program().captures.size();
        redirect(node, scope, at);
        auto const behind = program().captures.size();
        auto const made = inside_of(node, std::move(scope), outside, at);
        for (auto own = first; own < behind; ++own)
            written_.push_back(own);
        return made;
    }

    /// Adds a part whose redirections are made.
    Part inside_of(PlanNode const& node, Scope scope, Scope const& outside,
                   At const& at)
    {
        switch (node.kind) {
        case NodeKind::command: return command(node, scope, outside, at);
        case NodeKind::in_process: return code(node, scope, at);
        case NodeKind::tee:
            return tee(node, scope, at.around != nullptr ? *at.around : outside,
                       at);
        case NodeKind::pipeline: return pipeline(node, scope, at);
        case NodeKind::together: return together(node, scope, at);
        default: return list(node, scope, at);
        }
    }

    /// Adds a part that runs beside another one: a branch of a tee, or the
    /// expression of a `from` or `into`.
    void add_aside(std::size_t group, std::size_t index, bool is_branch,
                   PlanNode const& node, Scope scope, At const& at)
    {
        draft_.set_part(
            group, index,
            part(node, std::move(scope), aside(inside(at, group, index))));
        program().groups[group].parts[index].is_branch = is_branch;
    }

    Part command(PlanNode const& node, Scope& scope, Scope const& outside,
                 At const& at)
    {
        auto stage = merged(at.settings, node.stage);
        if (node.parts.empty())
            return command_alone(std::move(stage), scope, at);
        auto const group = draft_.add_group(GroupKind::command, at.place,
                                            1 + node.parts.size());
        std::vector<Scope> scopes(node.parts.size(), outside);
        auto filled = std::make_shared<PlannedStage>(*stage);
        filled->words = words_of(node);
        for (std::size_t i = 0; i < node.parts.size(); ++i)
            substitute(node.substitutions[i], *filled, scope, scopes[i], at);
        draft_.set_part(
            group, 0,
            command_alone(std::move(filled), scope, inside(at, group, 0)));
        for (std::size_t i = 0; i < node.parts.size(); ++i)
            add_aside(group, i + 1, !node.substitutions[i].reads,
                      *node.parts[i], std::move(scopes[i]), at);
        return {.kind = Part::Kind::group, .index = group};
    }

    // The expression of a `from` or `into` inherits the streams around the
    // command, without the redirections of the command itself, as in bash.
    void substitute(Substitution const& word, PlannedStage& stage, Scope& scope,
                    Scope& inner, At const& at)
    {
        int const number =
            free_number(std::min(word.fd, how_.most_descriptors() - 1), scope,
                        stage.options);
        auto const [read_end, write_end] = draft_.pipe(at.unit);
        inner.set(word.reads ? 1 : 0, word.reads ? write_end : read_end);
        scope.set(number, word.reads ? read_end : write_end);
        stage.args[word.word] = sys::descriptor_path(number);
    }

    Part command_alone(StagePtr stage, Scope& scope, At const& at)
    {
        ProgramCommand made{.stage = std::move(stage),
                            .connections = scope.take(),
                            .place = at.place};
        open_taps(made.connections, draft_.next_command(), at);
        return draft_.add_command(std::move(made), at.unit, at.is_main);
    }

    Part code(PlanNode const& node, Scope const& scope, At const& at)
    {
        ProgramHelper helper{.code = node.code, .place = at.place};
        if (node.code->reads())
            helper.in = scope.find(0);
        return add_helper(std::move(helper), scope, at);
    }

    // Stderr behind a tee is still that of the command in front of the tee.
    Part add_helper(ProgramHelper helper, Scope const& scope, At const& at)
    {
        std::vector<Connection> out{{1, scope.find(1)}};
        bool const is_err = !helper.code && at.writer != no_index
                         && at.writes == 2 && tap_of(out.front().endpoint) == 2;
        open_taps(out, is_err ? at.writer : no_index, at);
        helper.out = out.front().endpoint;
        if (is_err)
            draft_.keep_for(at.writer, 2, program().endpoints[helper.out].peer,
                            at.is_main);
        return draft_.add_helper(std::move(helper), at.unit);
    }

    // The branches of a tee inherit the streams around the whole pipeline.
    Part tee(PlanNode const& node, Scope const& scope, Scope const& around,
             At const& at)
    {
        ProgramHelper helper{.in = scope.find(0), .place = at.place};
        for (auto const& target : node.copies)
            helper.copies.push_back(copy_to(node, target, at));
        if (node.parts.empty())
            return add_helper(std::move(helper), scope, at);
        auto const group =
            draft_.add_group(GroupKind::tee, at.place, 1 + node.parts.size());
        std::vector<Scope> scopes(node.parts.size(), around);
        for (auto& inner : scopes) {
            auto const [read_end, write_end] = draft_.pipe(at.unit);
            inner.set(0, read_end);
            helper.copies.push_back(write_end);
        }
        helper.place = {group, 0};
        draft_.set_part(group, 0, add_helper(std::move(helper), scope, at));
        for (std::size_t i = 0; i < node.parts.size(); ++i)
            add_aside(group, i + 1, true, *node.parts[i], std::move(scopes[i]),
                      at);
        return {.kind = Part::Kind::group, .index = group};
    }

    std::size_t copy_to(PlanNode const& node, Target const& target,
                        At const& at)
    {
        if (std::holds_alternative<Capture>(target))
            return kept_copy(nullptr, at);
        if (auto const* string = std::get_if<ToString>(&target))
            return kept_copy(string->target, at);
        if (auto const fd = inherited_fd({1, false, target}))
            return draft_.descriptor(*fd, at.unit);
        return draft_.file(at.unit,
                           file_of(std::get<Stdio>(target), false, node, at));
    }

    // The result stores a copy as the stream of the command that wrote it.
    std::size_t kept_copy(std::string* target, At const& at)
    {
        auto const index = draft_.add_capture(
            {.stage = at.writer, .stream = at.writes, .target = target});
        written_.push_back(index);
        if (at.writer != no_index && target == nullptr)
            draft_.keep_for(at.writer, at.writes, index, at.is_main);
        auto const endpoint = draft_.capture_endpoint(index);
        draft_.step(at.unit, Step::Kind::open, endpoint);
        return endpoint;
    }

    Part pipeline(PlanNode const& node, Scope const& scope, At at)
    {
        auto const count = node.parts.size();
        auto const group =
            draft_.add_group(GroupKind::pipeline, at.place, count);
        bool const is_out = at.is_out;
        auto const writer = node.passes_err ? 0 : count - 1;
        auto from_last = no_index;
        for (std::size_t i = 0; i < count; ++i) {
            auto inner = scope;
            if (i > 0)
                inner.set(0, from_last);
            if (i + 1 < count) {
                auto const [read_end, write_end] = draft_.pipe(at.unit);
                inner.set(node.piped[i], write_end);
                from_last = read_end;
            }
            auto there = inside(at, group, i);
            there.around = &scope;
            there.is_out = is_out && i == writer;
            auto const made = part(*node.parts[i], std::move(inner), there);
            draft_.set_part(group, i, made);
            pass_writer(at, made, i + 1 < count ? node.piped[i] : 1);
        }
        if (node.passes_err)
            draft_.first_writes.push_back(group);
        return {.kind = Part::Kind::group, .index = group};
    }

    // A tee passes on bytes of the command in front of it, so that command
    // stays the writer. The stderr of a tee has no writer.
    void pass_writer(At& at, Part made, int stream) const
    {
        if (draft_.is_tee(made) && stream == 1)
            return;
        at.writer = draft_.writer_of(made, stream);
        at.writes = stream;
    }

    Part together(PlanNode const& node, Scope const& scope, At const& at)
    {
        JoinDraft joins(draft_, scope, node.is_labelled, at.unit);
        auto const count = node.parts.size();
        auto const group = draft_.add_group(GroupKind::together, at.place,
                                            count + joins.count());
        program().groups[group].until = node.until;
        program().has_until |= node.until != RunUntil::all_end;
        for (std::size_t i = 0; i < count; ++i) {
            auto inner = scope;
            joins.connect(inner,
                          node.is_labelled ? command_of(*node.parts[i]) : "");
            auto there = inside(at, group, i);
            there.is_out &= inner.find(1) == scope.find(1);
            there.is_err &= inner.find(2) == scope.find(2);
            draft_.set_part(group, i,
                            part(*node.parts[i], std::move(inner), there));
        }
        joins.add_to(group, count);
        return {.kind = Part::Kind::group, .index = group};
    }

    Part list(PlanNode const& node, Scope const& scope, At const& at)
    {
        auto const group = draft_.add_group(group_kind(node.kind), at.place,
                                            node.parts.size());
        std::vector<std::size_t> held;
        for (auto const& connection : scope.connections())
            if (tap_of(connection.endpoint) == 0
                && draft_.is_pipe_end(connection.endpoint))
                held.push_back(connection.endpoint);
        draft_.hold(group, std::move(held));
        draft_.step(at.unit, Step::Kind::list, group);
        program().has_lists = true;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto there = inside(at, group, i);
            there.unit = draft_.begin_unit();
            draft_.set_part(group, i, part(*node.parts[i], scope, there));
            draft_.end_unit(there.unit);
            program().groups[group].parts[i].unit = there.unit;
        }
        return {.kind = Part::Kind::group, .index = group};
    }

    Lowering const& how_;
    ProgramDraft draft_;
    TerminalDraft terminals_;
    /// The captures of the expression. Redirections of a group are lowered
    /// before those inside it, but written behind them.
    std::vector<std::size_t> written_;
};

} // namespace

Program lower(PlanNode const& root, Lowering const& how)
{
    Program program;
    Lowerer(how, program).lower(root);
    return program;
}

Lowering lowering_of(RunOptions const& options)
{
    bool const memory_files = options.capture_in == CaptureIn::memory_file;
    if (memory_files && (options.show || options.limit.is_bounded()))
        throw std::invalid_argument(
            std::string(options.show ? "show" : "limit")
            + " needs captures in pipes: a memory file is read at the end");
    return {.input = options.input.has_value(),
            .capture_output = options.capture_output,
            .show = options.show,
            .memory_files = memory_files};
}

Program lower(Expression const& expression, RunOptions const& options)
{
    auto const& root = *detail::ExpressionAccess::node(expression);
    auto how = lowering_of(options);
    how.has_hands = true;
    auto program = lower(root, how);
    program.text =
        text_of(*handed_down(detail::ExpressionAccess::node(expression)));
    return program;
}

} // namespace runnel::inline v0
