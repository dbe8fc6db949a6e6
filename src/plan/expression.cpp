// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Builds the tree of an expression. Nodes are shared and never changed: an
// operator makes a new node above the old ones.
#include <runnel/expression.hpp>

#include <runnel/literal.hpp>
#include <runnel/operators.hpp>
#include <runnel/tee.hpp>
#include <runnel/together.hpp>

#include "base/line_options.hpp"
#include "child/check_stdio.hpp"
#include "child/settings.hpp"
#include "plan/in_process.hpp"
#include "plan/plan_text.hpp"
#include "sys/names.hpp"
#include "text/check_text.hpp"
#include "text/text_codec.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace runnel::inline v0 {

Expression::~Expression() = default;

} // namespace runnel::inline v0

namespace runnel::inline v0::detail {

namespace {

using NodeKind = PlanNode::Kind;

/// Code that walks a plan is recursive: this limits its stack.
constexpr std::size_t most_levels = 1000;

PlanNodePtr share(PlanNode node)
{
    for (auto const& part : node.parts)
        node.depth = std::max(node.depth, part->depth + 1);
    if (node.depth > most_levels)
        throw std::invalid_argument("an expression is nested deeper than "
                                    + std::to_string(most_levels) + " levels");
    return std::make_shared<PlanNode const>(std::move(node));
}

std::size_t size_of(std::vector<PlanNodePtr> const& parts)
{
    std::size_t size = 0;
    for (auto const& part : parts)
        size += part->size;
    return size;
}

/// True for a node of this kind without redirections and settings, so that its
/// parts can be merged into another node.
bool is_plain(PlanNode const& node, NodeKind kind)
{
    return node.kind == kind && node.redirections.empty() && !node.defaults;
}

[[noreturn]] void refuse_twice(PlanNode const& node, int fd)
{
    refuse_argument(stream_name(fd) + " of \"" + text_of(node)
                    + "\" is connected twice");
}

bool is_redirected(PlanNode const& node, int fd)
{
    return std::ranges::find(node.redirections, fd, &Redirection::fd)
        != node.redirections.end();
}

// Descriptors 0 to 2 can be connected by pipes, too, others by redirections
// only.
bool is_open(PlanNode const& node, int fd)
{
    switch (fd) {
    case 0: return node.open.in;
    case 1: return node.open.out;
    case 2: return node.open.err;
    default: return !is_redirected(node, fd);
    }
}

void close_end(Ends& open, int fd)
{
    if (fd <= 2)
        (fd == 0 ? open.in : fd == 1 ? open.out : open.err) = false;
}

void check_target(Redirection const& redirection)
{
    if (redirection.fd < 0)
        throw std::invalid_argument(
            "descriptor " + std::to_string(redirection.fd) + " is negative");
    // There is always a number above that of a descriptor.
    if (redirection.fd == std::numeric_limits<int>::max())
        throw std::invalid_argument("no descriptor can have the number "
                                    + std::to_string(redirection.fd));
    bool const captures = std::holds_alternative<Capture>(redirection.target);
    if (captures && redirection.fd != 1 && redirection.fd != 2)
        throw std::invalid_argument("capture is for stdout and stderr; take "
                                    "to(string) for descriptor "
                                    + std::to_string(redirection.fd));
    bool const is_sink =
        captures || std::holds_alternative<ToString>(redirection.target);
    if (redirection.reads && is_sink)
        throw std::invalid_argument("a capture cannot be read from");
    if (!redirection.reads && std::holds_alternative<Text>(redirection.target))
        throw std::invalid_argument("text(...) cannot be written to");
    if (auto const* stdio = std::get_if<Stdio>(&redirection.target))
        check_stdio(*stdio, redirection.fd, redirection.reads);
}

void check_copy(Target const& target)
{
    check_target({1, false, target});
    auto const* stdio = std::get_if<Stdio>(&target);
    if (stdio != nullptr
        && (stdio->kind() == Stdio::pipe || stdio->kind() == Stdio::inherit))
        throw std::invalid_argument(
            "tee() cannot copy to that: what it passes on goes to stdout");
}

void append_parts(std::vector<PlanNodePtr>& parts, PlanNodePtr node,
                  NodeKind kind)
{
    if (is_plain(*node, kind))
        parts.insert(parts.end(), node->parts.begin(), node->parts.end());
    else
        parts.push_back(std::move(node));
}

} // namespace

// Counts down from 63, as bash does: programs rarely use these numbers
// themselves.
void CommandWords::add_substitution(ProcessSubstitution const& from)
{
    int const fd = 63 - static_cast<int>(parts.size());
    if (fd < 10)
        throw std::invalid_argument(
            "a command takes 54 words of from() and into() at most");
    int const piped = from.reads() ? 1 : 0;
    if (!is_open(*from.node(), piped))
        refuse_twice(*from.node(), piped);
    substitutions.push_back({args.size(), fd, from.reads()});
    parts.push_back(from.node());
    args.emplace_back(sys::descriptor_path(fd));
}

PlanNodePtr command(std::initializer_list<TextView> words, bool shell)
{
    CommandWords all;
    all.args.reserve(words.size());
    for (auto const& word : words)
        if (all.args.empty())
            all.args.emplace_back(word.as(shell ? "the script of sh"
                                                : "the program of a command"));
        else if (word.is_null())
            refuse_null_word(all.args);
        else
            all.args.emplace_back(word.as("a word"));
    return command(std::move(all), shell);
}

PlanNodePtr command(CommandWords words, bool shell)
{
    for (auto const& arg : words.args)
        refuse_nul(arg.str(), "a word of a command");
    auto stage = std::make_shared<PlannedStage>();
    stage->args = std::move(words.args);
    stage->options.shell = shell;
    PlanNode node{.stage = std::move(stage)};
    node.size += size_of(words.parts);
    node.parts = std::move(words.parts);
    node.substitutions = std::move(words.substitutions);
    return share(std::move(node));
}

void need_program(CommandWords const& words)
{
    if (words.args.empty())
        throw std::invalid_argument(
            "the range of words is empty: it begins with the program");
}

PlanNodePtr literal_command(LiteralParts const& parts, Word const* values)
{
    auto const& [text, word_at, hole_at, hole_word] = parts;
    std::vector<Word> args;
    for (std::size_t word = 0, hole = 0; word < word_at.size(); ++word) {
        bool const last = word + 1 == word_at.size();
        auto const end = last ? text.size() : word_at[word + 1];
        auto at = word_at[word];
        Word arg("");
        for (; hole < hole_at.size() && hole_word[hole] == word; ++hole) {
            arg += text.substr(at, hole_at[hole] - at);
            arg += values[hole];
            at = hole_at[hole];
        }
        arg += text.substr(at, end - at);
        args.push_back(std::move(arg));
    }
    return command({std::move(args), {}, {}}, false);
}

namespace {

bool is_plain_code(PlanNode const& node)
{
    return is_plain(node, NodeKind::in_process);
}

/// True if what another stage writes can be cut without a pipe.
bool cuts_words(detail::InProcess const& stage)
{
    auto const* const lines = stage.cut().lines();
    return lines == nullptr
        || (detail::ends_with_one_byte(*lines) && !text_mode_of(*lines));
}

/// Joins two adjacent in-process stages into one part, without a pipe. Null if
/// `left` does not end in one, or `right` is none.
PlanNodePtr composed(PlanNode const& left, PlanNode const& right)
{
    auto const& last =
        is_plain(left, NodeKind::pipeline) ? *left.parts.back() : left;
    if (!is_plain_code(last) || !is_plain_code(right)
        || !cuts_words(*right.code))
        return nullptr;
    auto both = in_process(
        std::make_shared<detail::Composed const>(last.code, right.code));
    if (&last == &left)
        return both;
    auto node = left;
    node.parts.back() = std::move(both);
    return share(std::move(node));
}

/// True for a pipeline that can be merged into another one: its stdout is that of
/// its last part.
bool ends_in_its_stdout(PlanNode const& node)
{
    return is_plain(node, NodeKind::pipeline) && !node.passes_err;
}

} // namespace

PlanNodePtr pipe(PlanNodePtr const& left, PlanNodePtr const& right, int stream)
{
    if (!is_open(*left, stream))
        refuse_twice(*left, stream);
    if (!right->open.in)
        refuse_twice(*right, 0);
    if (stream == 1)
        if (auto node = composed(*left, *right))
            return node;
    PlanNode node;
    node.kind = NodeKind::pipeline;
    node.open = {left->open.in, right->open.out, true};
    node.size = left->size + right->size;
    auto const take = [&](PlanNodePtr const& part) {
        if (!ends_in_its_stdout(*part))
            return node.parts.push_back(part);
        node.piped.insert(node.piped.end(), part->piped.begin(),
                          part->piped.end());
        append_parts(node.parts, part, NodeKind::pipeline);
    };
    // The stderr of a pipeline is that of each of its stages, so it stays a
    // group.
    if (stream == 1)
        take(left);
    else
        node.parts.push_back(left);
    node.piped.push_back(stream);
    take(right);
    return share(std::move(node));
}

PlanNodePtr pass_err(PlanNodePtr const& left, PlanNodePtr through)
{
    bool const is_out_open = left->open.out;
    if (through->open.out)
        through = redirect(through, {1, false, SameAs{2}});
    auto node = *pipe(left, through, 2);
    node.passes_err = true;
    node.open.out = is_out_open;
    return share(std::move(node));
}

PlanNodePtr in_process(std::shared_ptr<InProcess const> code)
{
    PlanNode node;
    node.kind = NodeKind::in_process;
    node.open.in = code->reads();
    node.size = 0;
    node.code = std::move(code);
    return share(std::move(node));
}

PlanNodePtr tee(std::vector<Copy> copies)
{
    PlanNode node;
    node.kind = NodeKind::tee;
    for (auto& copy : copies)
        if (auto* const part = std::get_if<PlanNodePtr>(&copy)) {
            if (!(*part)->open.in)
                refuse_twice(**part, 0);
            node.parts.push_back(std::move(*part));
        } else {
            node.copies.push_back(std::move(std::get<Target>(copy)));
            check_copy(node.copies.back());
        }
    node.size = size_of(node.parts);
    return share(std::move(node));
}

PlanNodePtr redirect(PlanNodePtr const& inner, Redirection redirection)
{
    check_target(redirection);
    if (!is_open(*inner, redirection.fd))
        refuse_twice(*inner, redirection.fd);
    auto node = *inner;
    close_end(node.open, redirection.fd);
    node.redirections.push_back(std::move(redirection));
    return share(std::move(node));
}

PlanNodePtr list(NodeKind kind, std::vector<PlanNodePtr> parts)
{
    PlanNode node;
    node.kind = kind;
    node.size = size_of(parts);
    // Only the left side is flattened: `(a && b) && c` is one list, but
    // `a && (b && c)` holds another.
    append_parts(node.parts, std::move(parts.front()), kind);
    std::ranges::move(parts.begin() + 1, parts.end(),
                      std::back_inserter(node.parts));
    return share(std::move(node));
}

void need_parts(std::size_t count, std::string_view function)
{
    if (count == 0)
        throw std::invalid_argument(std::string(function)
                                    + "() has no expressions to run");
}

PlanNodePtr together(std::vector<PlanNodePtr> parts,
                     TogetherOptions const& options)
{
    need_parts(parts.size(), "together");
    PlanNode node;
    node.kind = NodeKind::together;
    node.size = size_of(parts);
    node.until = options.until;
    node.is_labelled = options.labelled;
    node.parts = std::move(parts);
    return share(std::move(node));
}

PlanNodePtr negate(PlanNodePtr inner)
{
    PlanNode node;
    node.kind = NodeKind::negation;
    node.open = inner->open;
    node.size = inner->size;
    node.parts.push_back(std::move(inner));
    return share(std::move(node));
}

// --- settings ----------------------------------------------------------------------

namespace {

/// Takes over `given` if it differs from the default.
template <class T>
void take(T& own, T const& given, T const& unset)
{
    if (!(given == unset))
        own = given;
}

/// Options that `given` does not set stay as they are.
void merge(PopenOptions& own, PopenOptions const& given)
{
    PopenOptions const unset;
    take_settings(own, given);
    own.env = own.env.under(given.env);
    take(own.shell, given.shell, unset.shell);
    take(own.close_fds, given.close_fds, unset.close_fds);
    take(own.pass_fds, given.pass_fds, unset.pass_fds);
    take(own.pipesize, given.pipesize, unset.pipesize);
    take(own.observer, given.observer, unset.observer);
    if (given.executable.has_value())
        own.executable = given.executable;
    if (given.preexec_fn)
        own.preexec_fn = given.preexec_fn;
}

void check_codes(std::vector<int> const& codes)
{
    for (int const code : codes)
        if (code < 0 || code > 255)
            throw std::invalid_argument(
                "accept: an exit code is from 0 to 255, but not "
                + std::to_string(code));
}

/// Changes the settings of a command, or those of a whole. The last one wins.
void change(PlannedStage& stage, Setting const& setting)
{
    switch (setting.kind) {
    case Setting::cwd:
        refuse_nul(setting.path.str(), "cwd");
        stage.options.cwd = setting.path;
        break;
    case Setting::environment:
        stage.options.env = stage.options.env.under(setting.environment_layer);
        break;
    case Setting::accept:
        check_codes(setting.codes);
        stage.accept = setting.codes;
        break;
    case Setting::unchecked: stage.checked = false; break;
    case Setting::timeout: stage.timeout = setting.limit; break;
    case Setting::idle_timeout: stage.idle_timeout = setting.limit; break;
    case Setting::name: stage.name = setting.text; break;
    case Setting::options: merge(stage.options, setting.popen_options); break;
    }
}

PlanNodePtr changed_node(PlanNode const& node, Setting const& setting)
{
    auto copy = node;
    auto& settings = node.stage ? copy.stage : copy.defaults;
    auto stage = settings ? std::make_shared<PlannedStage>(*settings)
                          : std::make_shared<PlannedStage>();
    change(*stage, setting);
    settings = std::move(stage);
    return share(std::move(copy));
}

/// Refuses options that only a `Popen` object can have.
void refuse_object_options(PopenOptions const& options)
{
    PopenOptions const unset;
    refuse(text_mode_of(options).has_value(),
           "text mode is not of one command: run(e, {.text = true}), or "
           "lines({.encoding = ...})");
    refuse(options.bufsize != unset.bufsize,
           "bufsize is of the streams of a Popen: a command of an expression "
           "has none");
    refuse(options.on_destroy != unset.on_destroy,
           "on_destroy is of a Popen: a job ends what still runs, see "
           "RunOptions::teardown");
    refuse(options.teardown != unset.teardown,
           "teardown is of a whole run: give it to the verb, see "
           "RunOptions::teardown");
}

bool has_streams(PopenOptions const& options)
{
    return options.in.kind() != Stdio::inherit
        || options.out.kind() != Stdio::inherit
        || options.err.kind() != Stdio::inherit;
}

void refuse_of_one_command(PopenOptions const& options)
{
    PopenOptions const unset;
    refuse(
        options.executable.has_value() || options.shell || has_streams(options)
            || options.close_fds != unset.close_fds || !options.pass_fds.empty()
            || options.pipesize != unset.pipesize || options.preexec_fn
            || options.observer != nullptr,
        "with() of several commands takes what each child does about itself, "
        "such as cwd or nice; give executable, shell, streams, descriptors, "
        "pipesize, preexec_fn and observer to one command");
}

/// Turns streams in the options into redirections, so that there is one form of
/// them.
PlanNodePtr with_streams(PlanNodePtr node, PopenOptions const& options)
{
    for (int const fd : {0, 1, 2}) {
        auto const& stream = fd == 0 ? options.in
                           : fd == 1 ? options.out
                                     : options.err;
        if (stream.kind() != Stdio::inherit)
            node = redirect(node, {fd, fd == 0, stream});
    }
    return node;
}

} // namespace

PlanNodePtr apply(PlanNodePtr const& node, Setting setting)
{
    if (node->kind == NodeKind::in_process)
        refuse_argument('"' + node->code->label()
                        + "\" is C++ code of this process, and only commands "
                          "have settings");
    if (setting.kind != Setting::options)
        return changed_node(*node, setting);
    auto& options = setting.popen_options;
    refuse_object_options(options);
    if (!node->stage)
        refuse_of_one_command(options);
    check_settings(options);
    auto const streams = options;
    options.in = options.out = options.err = Stdio::inherit;
    return with_streams(changed_node(*node, setting), streams);
}

} // namespace runnel::inline v0::detail

namespace runnel::inline v0 {

Command Command::named(detail::TextView name) const
{
    return changed({.kind = detail::Setting::name,
                    .text = std::string(name.as("the name of a command"))});
}

} // namespace runnel::inline v0
