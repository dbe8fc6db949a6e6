// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Predicts the results of an expression from its shape.
//
// Bytes are followed as strands from writer to reader. If a reader stops
// reading early, the output of the commands in front of it may be cut anywhere:
// their strands are then partial, and their statuses one of several. Everything
// else is certain.
#pragma once

#include "model/flow.hpp"
#include "model/shape.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace runnel::test::model {

inline constexpr std::size_t nothing = static_cast<std::size_t>(-1);

/// A place where bytes arrive.
struct Sink {
    enum Kind { inherited, null, file, append, capture, string, pipe, reader };

    Kind kind = pipe;
    int id = 0; ///< of the file or string; of inherited, 1 or 2
    int stream = 1; ///< of a capture
    bool dead = false; ///< a pipe whose reader stops early
    bool maybe = false; ///< perhaps never opened
    Flow flow{};

    // Of a copy that a tee makes for the result:
    bool is_copy = false;
    std::size_t owner = nothing; ///< the command whose stream it copies
    bool is_aside = false; ///< in a branch of a tee or a substitution
    bool is_implied = false; ///< captured by the verb

    bool feeds() const { return kind == pipe || kind == reader; }
};

/// The writer of a stream that is read: one command, or the group of commands
/// from `begin` to `end`.
struct Front {
    int stream = 1;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t command = nothing;
};

/// What is expected of one command.
struct Stage {
    enum Turn { runs, maybe, never };

    Turn turn = runs;
    bool loose = false; ///< may be ended by SIGPIPE, or by runnel
    bool feeds = false; ///< SIGPIPE is forgiven
    int code = 0;
    int signal = 0;
    bool timed_out = false;
    std::vector<int> accept{0};
    bool unchecked = false;
    std::size_t out = nothing; ///< the sink that is its `out`
    std::size_t err = nothing;
    bool out_is_certain = true; ///< else a copy may stand there as well
    bool err_is_certain = true;

    /// These hold as long as the command is not ended early.
    bool forgiven() const
    {
        return !timed_out && feeds && (signal == 13 || code == 141);
    }
    bool accepted() const
    {
        return signal == 0 && std::ranges::find(accept, code) != accept.end();
    }
    bool fails() const
    {
        return !unchecked && (timed_out || (!accepted() && !forgiven()));
    }
    int returncode() const
    {
        return !timed_out && !accepted() && forgiven() ? 0
             : signal != 0                             ? -signal
             : code == 0 && fails() && !timed_out      ? 1
                                                       : code;
    }
};

/// How a part ended.
struct Outcome {
    bool known = true;
    bool failed = false;
    int returncode = 0;
    std::size_t decided_by = 0;
    bool is_command = true;
};

/// The rules of docs/status.md: the outcome of a whole, from those of its
/// commands.
class Verdict {
public:
    /// `left`: the negations whose reader may leave early. Such a one does not turn
    /// its outcome around.
    Verdict(std::vector<Outcome> const& stages, std::set<int> const& left)
        : stages_(stages), left_(left)
    {
    }

    Outcome of(Shape const& shape, std::size_t first = 0) const
    {
        if (shape.is_list())
            return of_list(shape, first);
        if (shape.is_in_process())
            return {.is_command = false};
        auto parts = outcomes_of_parts(shape, first);
        bool const is_pipeline = shape.kind == Shape::pipeline;
        if (shape.kind == Shape::command)
            parts.insert(parts.begin(), stages_.at(first));
        if (shape.kind == Shape::tee)
            parts.insert(parts.begin(), {.is_command = false});
        // The rightmost part that failed.
        for (auto i = parts.size(); i-- > 0;)
            if (!parts[i].known || parts[i].failed)
                return parts[i];
        if (!is_pipeline)
            return parts.front();
        for (auto i = parts.size(); i-- > 0;)
            if (parts[i].is_command)
                return parts[i];
        return parts.back();
    }

private:
    std::vector<Outcome> outcomes_of_parts(Shape const& shape,
                                           std::size_t first) const
    {
        std::vector<Outcome> all;
        first += shape.kind == Shape::command;
        for (auto const& part : shape.parts) {
            all.push_back(of(part, first));
            first += part.size();
        }
        return all;
    }

    Outcome of_list(Shape const& shape, std::size_t first) const
    {
        Outcome last;
        for (auto const& part : shape.parts) {
            last = of(part, first);
            first += part.size();
            if (!last.known)
                return last;
            if (shape.kind == Shape::all_of && last.failed)
                return last;
            if (shape.kind == Shape::any_of && !last.failed)
                return last;
        }
        if (shape.kind == Shape::negation) {
            last.known = !left_.contains(shape.id);
            last.failed = !last.failed;
            last.returncode = last.failed ? 1 : 0;
        }
        return last;
    }

    std::vector<Outcome> const& stages_;
    std::set<int> const& left_;
};

class Oracle {
public:
    explicit Oracle(Sample const& sample)
        : stages(sample.shape.size()), sample_(sample)
    {
        auto const& options = sample.options;
        Env env{.in = add_input({}),
                .out = add_sink({.kind = Sink::inherited, .id = 1}),
                .err = add_sink({.kind = Sink::inherited, .id = 2})};
        inherited_out = env.out;
        inherited_err = env.err;
        inputs_[env.in].consumed = true;
        if (options.input) {
            Flow flow;
            flow.strands.push_back(strand(input_text(*options.input)));
            env.in = add_input(std::move(flow));
        }
        bool const captures =
            options.verb == Options::read || options.capture_output;
        if (captures)
            env.out = whole =
                add_sink({.kind = Sink::capture, .is_implied = true});
        if (options.verb == Options::lines)
            env.out = whole = add_sink({.kind = Sink::reader});
        evaluate(sample.shape, env, env, 0, {});
        if (whole == nothing)
            whole = whole_of(sample.shape);
        std::vector<Outcome> outcomes;
        for (std::size_t i = 0; i < stages.size(); ++i)
            outcomes.push_back(expected_of(i));
        outcome = Verdict(outcomes, left).of(sample.shape);
    }

    static std::string input_text(std::size_t lines)
    {
        return numbered("input", lines, 40);
    }

    static std::string file_text(int id)
    {
        return numbered("file" + std::to_string(id), std::size_t(id % 7) * 3,
                        20);
    }

    static std::string given_text(int id)
    {
        return numbered("text" + std::to_string(id),
                        id % 9 == 0 ? 9000 : std::size_t(id % 5), 25);
    }

    std::vector<Sink> sinks;
    std::vector<Stage> stages;
    std::map<int, std::size_t> unopened_files; ///< by id: they must not exist
    std::size_t inherited_out = nothing;
    std::size_t inherited_err = nothing;
    /// The sink that captures stdout of the whole; `nothing` if none does, or
    /// not all of it.
    std::size_t whole = nothing;
    std::set<int> left; ///< see `Verdict`
    Outcome outcome; ///< expected
    bool has_in_process = false;

private:
    struct Env {
        std::size_t in;
        std::size_t out;
        std::size_t err;
    };

    /// Bytes that can be read once.
    struct Input {
        Flow flow;
        Front front{};
        bool touched = false;
        bool consumed = false; ///< to the end
    };

    struct How {
        bool loose = false; ///< may be ended at any time
        bool maybe = false; ///< may not run at all
        bool aside = false; ///< in a branch or a substitution
    };

    struct State {
        std::vector<Sink> sinks;
        std::vector<Stage> stages;
        std::vector<Input> inputs;
        std::map<int, std::size_t> appended;
        std::map<std::pair<int, int>, std::size_t> captures;
        std::map<int, std::size_t> unopened;
    };

    State save() const
    {
        return {sinks, stages, inputs_, appended_, captures_, unopened_files};
    }

    void restore(State state)
    {
        sinks = std::move(state.sinks);
        stages = std::move(state.stages);
        inputs_ = std::move(state.inputs);
        appended_ = std::move(state.appended);
        captures_ = std::move(state.captures);
        unopened_files = std::move(state.unopened);
    }

    static std::string numbered(std::string const& name, std::size_t lines,
                                std::size_t length)
    {
        std::string text;
        for (std::size_t i = 0; i < lines; ++i)
            append_line(text, name, i, length);
        return text;
    }

    std::size_t add_sink(Sink sink)
    {
        sinks.push_back(std::move(sink));
        return sinks.size() - 1;
    }

    std::size_t add_input(Flow flow, Front const& front = {})
    {
        inputs_.push_back({std::move(flow), front});
        return inputs_.size() - 1;
    }

    // --- bytes ----------------------------------------------------------------

    Strand strand(std::string text)
    {
        return {shared(std::move(text)), ++writer_};
    }

    void write(std::size_t to, Strand strand, How how)
    {
        auto& sink = sinks[to];
        bool const is_waited_for = sink.kind != Sink::file
                                && sink.kind != Sink::append
                                && sink.kind != Sink::inherited;
        strand.partial |=
            how.loose || how.maybe || (strand.background && !is_waited_for);
        if (!strand.text->empty())
            sink.flow.strands.push_back(std::move(strand));
    }

    void write(std::size_t to, Flow const& flow, How how)
    {
        sinks[to].flow.unknown |= flow.unknown;
        sinks[to].flow.mixed |= flow.mixed;
        for (auto const& strand : flow.strands)
            write(to, strand, how);
    }

    /// Reads all that is left.
    Flow take(std::size_t from, How how)
    {
        auto& input = inputs_[from];
        if (std::exchange(input.touched, true)) {
            Flow rest;
            rest.unknown = !input.consumed;
            input.consumed |= !how.loose;
            return rest;
        }
        if (how.loose) {
            auto flow = input.flow;
            for (auto& strand : flow.strands)
                strand.partial = true;
            return flow;
        }
        auto flow = input.consumed ? Flow{} : input.flow;
        input.consumed = true;
        return flow;
    }

    /// The same bytes as if one writer had written them.
    Flow by_one(Flow flow, bool chunky)
    {
        ++writer_;
        flow.mixed = flow.torn();
        for (auto& strand : flow.strands) {
            strand.writer = writer_;
            strand.chunky = chunky;
            strand.background = false;
        }
        return flow;
    }

    template <class F>
    static Flow each_line(Flow flow, F change)
    {
        if (flow.torn())
            flow.unknown = true;
        for (auto& strand : flow.strands) {
            std::string text;
            for_each_line(*strand.text,
                          [&](std::string_view line) { change(text, line); });
            strand.text = shared(std::move(text));
        }
        return flow;
    }

    static Flow mapped(Flow flow, std::string const& prefix)
    {
        return each_line(std::move(flow),
                         [&](std::string& text, std::string_view line) {
                             (text += prefix).append(line) += '\n';
                         });
    }

    static Flow filtered(Flow flow)
    {
        return each_line(std::move(flow),
                         [](std::string& text, std::string_view line) {
                             if (is_kept(line))
                                 text.append(line) += '\n';
                         });
    }

    /// A flow of one line that depends on all bytes read.
    Flow summed(Flow const& from, std::string const& name)
    {
        if (from.partial() || from.torn())
            return anything();
        Summary sum;
        for (auto const& strand : from.strands)
            for_each_line(*strand.text,
                          [&](std::string_view line) { sum.add(line); });
        return of_line(sum.line(name));
    }

    Flow of_line(std::string line)
    {
        Flow flow;
        flow.strands.push_back(strand(std::move(line)));
        return flow;
    }

    static Flow anything()
    {
        Flow flow;
        flow.unknown = true;
        return flow;
    }

    static std::size_t lines_of(Flow const& flow)
    {
        std::size_t lines = 0;
        for (auto const& strand : flow.strands)
            lines += std::size_t(std::ranges::count(*strand.text, '\n'));
        return lines;
    }

    /// Reads the first lines. The rest stays, or is lost.
    Flow head(std::size_t from, std::size_t count, How how)
    {
        auto& input = inputs_[from];
        bool const was_consumed = input.consumed;
        bool const was_touched = input.touched;
        auto flow = take(from, how);
        if (was_consumed || was_touched) {
            inputs_[from].consumed = was_consumed;
            return flow;
        }
        bool const is_short = !flow.partial() && lines_of(flow) < count;
        inputs_[from].consumed = is_short && !how.loose;
        if (is_short)
            return flow;
        if (count == 0)
            return {};
        if (!flow.is_one() || flow.mixed) {
            flow.unknown |= flow.torn();
            for (auto& strand : flow.strands)
                strand.partial = true;
            return flow;
        }
        std::size_t end = 0;
        for (auto const text = flow.text(); count > 0; --count)
            end = text.find('\n', end) + 1;
        flow.strands.front().text =
            shared(std::string(flow.text().substr(0, end)));
        return flow;
    }

    // --- redirections ---------------------------------------------------------

    std::size_t sink_of(Redirect const& redirect, int shape, How how)
    {
        switch (redirect.what) {
        case Redirect::null: return add_sink({.kind = Sink::null});
        case Redirect::append: {
            auto const [at, is_new] = appended_.emplace(0, nothing);
            if (is_new)
                at->second =
                    add_sink({.kind = Sink::append, .maybe = how.maybe});
            sinks[at->second].maybe &= how.maybe;
            return at->second;
        }
        case Redirect::file:
            unopened_files.erase(redirect.id);
            return add_sink(
                {.kind = Sink::file, .id = redirect.id, .maybe = how.maybe});
        case Redirect::string:
            return add_sink({.kind = Sink::string,
                             .id = redirect.id,
                             .stream = redirect.fd,
                             .maybe = how.maybe});
        default: break;
        }
        auto const made = add_sink({.kind = Sink::capture,
                                    .stream = redirect.fd,
                                    .maybe = how.maybe,
                                    .is_aside = how.aside});
        captures_[{shape, redirect.fd}] = made;
        return made;
    }

    // Captures are connected first, the rest in the order written.
    Env redirected(Shape const& shape, Env env, How how)
    {
        for (bool const pipes : {true, false})
            for (auto const& redirect : shape.redirects) {
                bool const is_pipe = redirect.what == Redirect::capture
                                  || redirect.what == Redirect::string;
                if (redirect.fd == 0 && !pipes)
                    env.in = source_of(redirect);
                if (redirect.fd == 0)
                    continue;
                auto& own = redirect.fd == 1 ? env.out : env.err;
                auto const other = redirect.fd == 1 ? env.err : env.out;
                if (is_pipe == pipes)
                    own = redirect.what == Redirect::same
                            ? other
                            : sink_of(redirect, shape.id, how);
                if (redirect.both && !pipes)
                    env.err = env.out;
            }
        return env;
    }

    std::size_t source_of(Redirect const& redirect)
    {
        Flow flow;
        if (redirect.what == Redirect::file)
            flow.strands.push_back(strand(file_text(redirect.id)));
        if (redirect.what == Redirect::text)
            flow.strands.push_back(strand(given_text(redirect.id)));
        return add_input(std::move(flow));
    }

    // --- parts ----------------------------------------------------------------

    /// `outer`: the streams of the pipeline that the part belongs to.
    void evaluate(Shape const& shape, Env env, Env outer, std::size_t first,
                  How how)
    {
        auto const outside = env;
        if (shape.kind == Shape::command && sample_.options.capture_output)
            env.err = add_sink({.kind = Sink::capture,
                                .stream = 2,
                                .maybe = how.maybe,
                                .is_aside = how.aside,
                                .is_implied = true});
        env = redirected(shape, env, how);
        switch (shape.kind) {
        case Shape::command: return run(shape, env, outside, first, how);
        case Shape::pipeline: return pipe(shape, env, first, how);
        case Shape::tee: return copy(shape, env, outer, first, how);
        case Shape::all_of:
        case Shape::any_of:
        case Shape::sequence:
        case Shape::negation: return list(shape, env, first, how);
        default: return pass(shape, env, how);
        }
    }

    void pass(Shape const& shape, Env env, How how)
    {
        has_in_process = true;
        Flow flow;
        switch (shape.kind) {
        case Shape::words:
            flow.strands.push_back(
                strand(numbered(shape.name(), shape.count, shape.length)));
            break;
        case Shape::map: flow = mapped(take(env.in, how), shape.name()); break;
        case Shape::filter: flow = filtered(take(env.in, how)); break;
        case Shape::sum: flow = summed(take(env.in, how), shape.name()); break;
        default: flow = head(env.in, shape.count, how); break;
        }
        write(env.out, by_one(std::move(flow), true), how);
    }

    void copy(Shape const& shape, Env env, Env outer, std::size_t first,
              How how)
    {
        has_in_process = true;
        auto const flow = by_one(take(env.in, how), true);
        write(env.out, flow, how);
        for (auto const& target : shape.copies) {
            auto const to = sink_of(target, shape.id, how);
            sinks[to].is_copy = true;
            if (sinks[to].kind == Sink::capture)
                own_copy(to, inputs_[env.in].front);
            write(to, by_one(flow, true), how);
        }
        for (auto const& branch : shape.parts) {
            // A branch is not ended early, unless it writes to a pipe whose
            // reader stops early.
            auto inside = how;
            inside.aside = true;
            inside.loose = is_dead(outer);
            auto part = by_one(flow, true);
            for (auto& strand : part.strands)
                strand.partial |= how.loose;
            auto front = inputs_[env.in].front;
            front.command = nothing;
            Env const own{add_input(std::move(part), front), outer.out,
                          outer.err};
            evaluate(branch, own, own, first, inside);
            first += branch.size();
        }
    }

    bool is_dead(Env env) const
    {
        return sinks[env.out].dead || sinks[env.err].dead;
    }

    // A copy belongs to the stream that it copies. For a group, the model
    // leaves open which command has it.
    void own_copy(std::size_t to, Front const& front)
    {
        sinks[to].stream = front.stream;
        sinks[to].owner = front.command;
        for (auto i = front.begin; i < front.end; ++i) {
            auto& stage = stages[i];
            auto& place = front.stream == 1 ? stage.out : stage.err;
            auto& is_certain =
                front.stream == 1 ? stage.out_is_certain : stage.err_is_certain;
            if (i == front.command && place == nothing && is_certain)
                place = to;
            else
                is_certain = false;
        }
    }

    void run(Shape const& shape, Env env, Env outside, std::size_t first,
             How how)
    {
        auto const saved = save();
        if (!try_run(shape, env, outside, first, how)) {
            // A substitution that the command writes to stops reading early.
            restore(saved);
            how.loose = true;
            try_run(shape, env, outside, first, how);
        }
    }

    bool try_run(Shape const& shape, Env env, Env outside, std::size_t first,
                 How how)
    {
        expect(shape, env, first, how);
        // Evaluates from(x) before the command reads it, into(z) after the
        // command wrote.
        std::vector<std::size_t> pipes;
        std::vector<std::size_t> inputs;
        std::vector<State> before;
        auto at = first + 1;
        auto inside = how;
        inside.aside = true;
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            pipes.push_back(add_sink({}));
            inputs.push_back(nothing);
            if (shape.reads[i]) {
                auto const state = save();
                Env own{outside.in, pipes[i], outside.err};
                sinks[pipes[i]].dead = how.loose;
                evaluate(shape.parts[i], own, own, at, inside);
                bool const is_read =
                    std::ranges::any_of(shape.acts, [&](Act const& act) {
                        return act.what == 'r' && act.count == i;
                    });
                auto const flow = sinks[pipes[i]].flow;
                if (!is_read && !how.loose) {
                    restore(state);
                    sinks[pipes[i]].dead = true;
                    auto cut = inside;
                    cut.loose = true;
                    evaluate(shape.parts[i], own, own, at, cut);
                }
                inputs[i] = add_input(flow);
            }
            at += shape.parts[i].size();
        }
        act(shape, env, pipes, inputs, how);
        at = first + 1;
        bool all_consumed = true;
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            if (!shape.reads[i]) {
                inputs[i] = add_input(sinks[pipes[i]].flow);
                auto own_way = inside;
                own_way.loose = is_dead(outside);
                Env const own{inputs[i], outside.out, outside.err};
                evaluate(shape.parts[i], own, own, at, own_way);
                all_consumed &= inputs_[inputs[i]].consumed;
            }
            at += shape.parts[i].size();
        }
        return all_consumed || how.loose;
    }

    void act(Shape const& shape, Env env, std::vector<std::size_t> const& pipes,
             std::vector<std::size_t> const& inputs, How how)
    {
        auto const name = shape.name();
        int const self = ++writer_;
        auto const put = [&](std::size_t to, std::string text) {
            write(to, Strand{shared(std::move(text)), self}, how);
        };
        auto const pass_on = [&](Flow flow) {
            flow.mixed = flow.torn();
            for (auto& strand : flow.strands) {
                strand.writer = self;
                strand.chunky = false;
                strand.background = false;
            }
            write(env.out, flow, how);
        };
        for (std::size_t i = 0; i < shape.acts.size(); ++i) {
            auto const& act = shape.acts[i];
            auto const writer = writer_name(name, act.what, i);
            switch (act.what) {
            case 'o':
                put(env.out, numbered(writer, act.count, act.length));
                break;
            case 'e':
                put(env.err, numbered(writer, act.count, act.length));
                break;
            case 'i':
                put(env.out, numbered(writer, act.count, act.length));
                put(env.err, numbered(writer + 'e', act.count, act.length));
                break;
            case 'g': {
                auto late = strand(numbered(writer, act.count, act.length));
                late.background = true;
                write(env.out, late, how);
                break;
            }
            case 'c': pass_on(take(env.in, how)); break;
            case 'm': pass_on(mapped(take(env.in, how), name)); break;
            case 'f': pass_on(filtered(take(env.in, how))); break;
            case 's': pass_on(summed(take(env.in, how), writer)); break;
            case 'b': {
                auto const flow = take(env.in, how);
                pass_on(flow.partial()
                            ? anything()
                            : of_line(size_line(writer, flow.size())));
                break;
            }
            case 'd': take(env.in, how); break;
            case 'h':
                pass_on(act.count > 0 ? head(env.in, act.count, how) : Flow{});
                break;
            case 'r': pass_on(take(inputs[act.count], how)); break;
            case 'w':
                put(pipes[act.count], numbered(writer, act.lines, act.length));
                break;
            default: break;
            }
        }
    }

    void expect(Shape const& shape, Env env, std::size_t index, How how)
    {
        Stage stage;
        stage.turn = how.maybe ? Stage::maybe : Stage::runs;
        stage.loose = how.loose;
        stage.code = shape.code;
        stage.signal = shape.hangs ? 15 : shape.signal;
        stage.timed_out = shape.hangs;
        stage.unchecked = shape.unchecked;
        if (shape.accept)
            stage.accept = *shape.accept;
        stage.feeds =
            sinks[env.out].feeds() || sinks[env.err].feeds()
            || std::ranges::find(shape.reads, false) != shape.reads.end();
        stage.out = slot(env.out, 1);
        stage.err = slot(env.err, 2);
        stage.out_is_certain = sinks[env.out].kind != Sink::string;
        stage.err_is_certain = sinks[env.err].kind != Sink::string;
        stages[index] = stage;
    }

    /// The sink if it is a capture of this stream.
    std::size_t slot(std::size_t to, int stream) const
    {
        auto const& sink = sinks[to];
        return sink.kind == Sink::capture && sink.stream == stream ? to
                                                                   : nothing;
    }

    // --- pipelines ------------------------------------------------------------

    // The first pass finds the reader that stops early. In the second, the
    // output of the parts in front of it may be cut anywhere.
    void pipe(Shape const& shape, Env env, std::size_t first, How how)
    {
        auto const saved = save();
        std::vector<std::size_t> inputs;
        evaluate_parts(shape, env, first, how, 0, {}, inputs);
        if (how.loose)
            return;
        std::size_t early = inputs.size() - 1;
        while (early > 0 && inputs_[inputs[early]].consumed)
            --early;
        if (early == 0)
            return;
        auto flow = inputs_[inputs[early]].flow;
        restore(saved);
        inputs.clear();
        evaluate_parts(shape, env, first, how, early, std::move(flow), inputs);
    }

    /// The parts in front of `early` are loose; part `early` reads `flow`.
    void evaluate_parts(Shape const& shape, Env env, std::size_t first, How how,
                        std::size_t early, Flow flow,
                        std::vector<std::size_t>& inputs)
    {
        std::size_t in = env.in;
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            auto const& part = shape.parts[i];
            auto own_way = how;
            own_way.loose |= i < early;
            Env own{in, env.out, env.err};
            std::size_t to = nothing;
            if (i < shape.piped.size()) {
                to = add_sink({.dead = own_way.loose});
                (shape.piped[i] == 1 ? own.out : own.err) = to;
            }
            inputs.push_back(in);
            evaluate(part, own, env, first, own_way);
            first += part.size();
            if (to != nothing) {
                auto const front = front_of(shape, i, in, first);
                in = add_input(i + 1 == early ? flow : sinks[to].flow, front);
            }
        }
    }

    /// The writer of the pipe after part `i`. A tee passes on what others
    /// wrote.
    Front front_of(Shape const& shape, std::size_t i, std::size_t in,
                   std::size_t end) const
    {
        auto const& part = shape.parts[i];
        if (part.kind == Shape::tee && shape.piped[i] == 1)
            return inputs_[in].front;
        Front front{
            .stream = shape.piped[i], .begin = end - part.size(), .end = end};
        if (part.kind == Shape::command)
            front.command = front.begin;
        return front;
    }

    // --- lists ----------------------------------------------------------------

    void list(Shape const& shape, Env env, std::size_t first, How how)
    {
        if (shape.kind == Shape::negation && how.loose)
            left.insert(shape.id);
        how.maybe |= how.loose;
        std::size_t const places[] = {env.out, env.err};
        std::size_t last[] = {nothing, nothing};
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            auto const& part = shape.parts[i];
            std::size_t before[2];
            for (std::size_t k = 0; k < 2; ++k)
                before[k] = sinks[places[k]].flow.strands.size();
            evaluate(part, env, env, first, how);
            for (std::size_t k = 0; k < (env.out == env.err ? 1 : 2); ++k)
                append_in_order(sinks[places[k]].flow.strands, before[k],
                                last[k]);
            auto const went = outcome_of(part, first);
            first += part.size();
            if (how.loose || !went.known) {
                how.loose = how.maybe = true;
                continue;
            }
            if ((shape.kind == Shape::all_of && went.failed)
                || (shape.kind == Shape::any_of && !went.failed)) {
                for (++i; i < shape.parts.size(); ++i) {
                    skip(shape.parts[i], first);
                    first += shape.parts[i].size();
                }
                return;
            }
        }
    }

    // What two parts wrote one after the other is one strand.
    static void append_in_order(std::vector<Strand>& strands,
                                std::size_t before, std::size_t& last)
    {
        auto const added = strands.size() - before;
        if (added == 0)
            return;
        auto const may = [](Strand const& strand) {
            return !strand.partial && !strand.background;
        };
        if (added > 1 || !may(strands.back())) {
            last = nothing;
            return;
        }
        if (last == nothing) {
            last = strands.size() - 1;
            return;
        }
        auto& joined = strands[last];
        joined.text = shared(*joined.text + *strands.back().text);
        joined.chunky |= strands.back().chunky;
        strands.pop_back();
    }

    void skip(Shape const& shape, std::size_t first)
    {
        if (shape.kind == Shape::command)
            stages[first++].turn = Stage::never;
        for (auto const& all : {shape.redirects, shape.copies})
            for (auto const& redirect : all)
                if (redirect.fd != 0 && redirect.what == Redirect::file)
                    unopened_files[redirect.id] = nothing;
        for (auto const& part : shape.parts) {
            skip(part, first);
            first += part.size();
        }
    }

    Outcome expected_of(std::size_t index) const
    {
        auto const& stage = stages[index];
        if (stage.turn == Stage::never)
            return {.decided_by = index};
        return {.known = !stage.loose || (!stage.fails() && stage.unchecked),
                .failed = stage.fails(),
                .returncode = stage.returncode(),
                .decided_by = index};
    }

    Outcome outcome_of(Shape const& shape, std::size_t first) const
    {
        std::vector<Outcome> outcomes(stages.size());
        for (std::size_t i = first; i < first + shape.size(); ++i) {
            outcomes[i] = expected_of(i);
            // A stage that is ended early is forgiven; one that ends by itself
            // is accepted.
            if (stages[i].loose && !stages[i].fails())
                outcomes[i].known = true;
        }
        return Verdict(outcomes, left).of(shape, first);
    }

    // --- the whole ------------------------------------------------------------

    std::size_t whole_of(Shape const& shape) const
    {
        for (auto const& redirect : shape.redirects)
            if (redirect.fd == 1) {
                auto const at = captures_.find({shape.id, 1});
                return redirect.what == Redirect::capture
                            && at != captures_.end()
                         ? at->second
                         : nothing;
            }
        if (shape.kind != Shape::pipeline)
            return nothing;
        for (auto const& part : shape.parts)
            if (part.kind == Shape::tee && !part.parts.empty())
                return nothing;
        if (std::ranges::find(shape.piped, 2) != shape.piped.end())
            return nothing;
        return whole_of(shape.parts.back());
    }

    Sample const& sample_;
    std::vector<Input> inputs_;
    std::map<int, std::size_t> appended_;
    std::map<std::pair<int, int>, std::size_t> captures_;
    int writer_ = 0;
};

} // namespace runnel::test::model
