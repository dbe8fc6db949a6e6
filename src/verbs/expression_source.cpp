// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "verbs/expression_source.hpp"

#include "base/line_options.hpp"
#include "flow/line_sources.hpp"
#include "flow/word_copy.hpp"
#include "io/stream_access.hpp"
#include "plan/program_encoding.hpp"
#include "sys/clock.hpp"
#include "text/text_codec.hpp"
#include "verbs/launch.hpp"

#include <runnel/operators.hpp>

#include <algorithm>
#include <cstring>

namespace runnel::inline v0::detail {

namespace {

/// The stdout of an expression, or of a job that runs.
class JobBytes final : public ByteSource {
public:
    JobBytes(Prepared prepared, RunOptions options)
        : prepared_(std::move(prepared)), options_(std::move(options))
    {
        options_.pump = Pump::caller;
    }

    explicit JobBytes(std::shared_ptr<JobState> job)
        : job_(std::move(job)), is_ours_(false)
    {
    }

    void start(DrivenBy /*by*/) override
    {
        if (job_)
            return;
        auto job =
            std::make_shared<JobState>(options_, JobState::Carries::bytes);
        auto copy = prepared_;
        auto& executor = executor_for(copy, options_);
        job->start(executor, std::move(copy.program));
        job_ = std::move(job);
    }

    std::size_t read(std::span<char> into) override
    {
        while (!is_cut_off_) {
            bool const waits = !StreamAccess::has_read_ahead(job_->streams.out);
            if (waits && !job_->wait_for_output())
                break;
            if (auto const count = take(into))
                return *count;
        }
        if (is_cut_off_)
            job_->wait(sys::never);
        job_->throw_if_ended_early();
        return held_back(into);
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        if (is_cut_off_ && !job_->step())
            return {};
        if (!is_cut_off_ && StreamAccess::has_read_ahead(job_->streams.out))
            return take(into);
        switch (job_->look_for_output()) {
        case JobState::OutputState::ready: return take(into);
        case JobState::OutputState::over: break;
        case JobState::OutputState::none: return {};
        }
        job_->throw_if_ended_early();
        return held_back(into);
    }

    CompletedProcess finish(bool check) override
    {
        auto const job = std::move(job_);
        if (!saw_end_)
            job->leave_output();
        job->wait(sys::never);
        // A job that the caller holds must be able to give its result again.
        auto result = job->result(is_ours_ ? JobState::Asked::once
                                           : JobState::Asked::again);
        if (check)
            result.check_returncode();
        return result;
    }

    bool try_finish() override { return job_->step(); }

    void give_back(std::string_view bytes) override
    {
        if (!is_ours_ && job_)
            StreamAccess::give_back(job_->streams.out, bytes);
    }

    std::size_t at_once() const override
    {
        return StreamAccess::at_once(job_->streams.out);
    }

    bool may_read_ahead() const override { return true; }

    int event_fd() override { return job_->event_fd(true); }

    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override
    {
        if (StreamAccess::has_read_ahead(job_->streams.out))
            return sys::Clock::now(); // poll does not see these bytes
        return job_->next_deadline();
    }

private:
    /// Nothing more is read: what a decoder has held back, half a character.
    std::size_t held_back(std::span<char> into)
    {
        StreamAccess::end_text(job_->streams.out);
        return StreamAccess::has_read_ahead(job_->streams.out)
                 ? take(into).value_or(0)
                 : 0;
    }

    std::optional<std::size_t> take(std::span<char> into)
    {
        auto const [count, from_fd] =
            StreamAccess::read_ready(job_->streams.out, into);
        job_->took_output(from_fd);
        saw_end_ = count == std::size_t(0);
        // What a deadline cuts off must not look like a whole line.
        is_cut_off_ = saw_end_ && job_->is_cut_off();
        if (saw_end_)
            job_->close_output(); // an open one would be ready for ever
        return is_cut_off_ ? std::nullopt : count;
    }

    Prepared prepared_;
    RunOptions options_;
    std::shared_ptr<JobState> job_;
    bool is_ours_ = true;
    bool saw_end_ = false;
    bool is_cut_off_ = false; ///< early; the end of the job is still awaited
};

/// The words of an in-process stage as bytes, each with its end.
class WordBytes final : public ByteSource {
public:
    /// `delimiter`: as for `WordCopy`.
    WordBytes(ExpressionSource parts, LineOptions const& options,
              std::optional<LineEnd> delimiter)
        : words_(std::move(parts), of_words(options)), copy_(delimiter)
    {
    }

    void start(DrivenBy by) override
    {
        if (by == DrivenBy::reads)
            words_.start();
        else
            static_cast<void>(words_.event_fd());
    }

    std::size_t read(std::span<char> into) override
    {
        return copy_.read(into,
                          [this](OutWord& word) { return words_.next(word); });
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        if (rest_.empty()) {
            auto const line = words_.try_next();
            if (!line)
                return words_.has_ended() ? std::optional<std::size_t>(0)
                                          : std::nullopt;
            rest_ = *line;
        }
        return take(into);
    }

    CompletedProcess finish(bool check) override
    {
        auto result = words_.result();
        if (check)
            result.check_returncode();
        return result;
    }

    int event_fd() override { return words_.event_fd(); }

    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override
    {
        return words_.next_deadline();
    }

private:
    static LineOptions of_words(LineOptions options)
    {
        options.keep_ends = true;
        options.delimiter = '\n';
        options.universal_newlines = false;
        options.max_line = static_cast<std::size_t>(-1);
        options.check = false;
        return options;
    }

    std::size_t take(std::span<char> into)
    {
        auto const count = std::min(into.size(), rest_.size());
        std::memcpy(into.data(), rest_.data(), count);
        rest_.remove_prefix(count);
        return count;
    }

    WordLines words_;
    WordCopy copy_;
    std::string_view rest_; ///< of the word that `try_read` has begun
};

std::unique_ptr<JobBytes> stdout_of(PlanNodePtr root, RunOptions const& run)
{
    return std::make_unique<JobBytes>(prepare(std::move(root), {.in_hand = 1}),
                                      run);
}

/// True if the last part is an in-process stage that is not redirected.
bool ends_in_code(PlanNode const& node)
{
    if (!node.redirections.empty())
        return false;
    if (node.kind == PlanNode::Kind::in_process)
        return true;
    return node.kind == PlanNode::Kind::pipeline && node.piped.back() == 1
        && node.parts.back()->kind == PlanNode::Kind::in_process
        && node.parts.back()->redirections.empty();
}

/// True if nothing but the last part writes to stdout of the whole: no branch
/// of a tee, no command whose stderr goes on in the pipeline.
bool has_one_writer(Program const& program)
{
    return std::ranges::all_of(program.endpoints, [](Endpoint const& endpoint) {
        return endpoint.kind != Endpoint::Kind::in_hand
            || endpoint.commands + endpoint.others == 1;
    });
}

/// A pipeline without its last part.
PlanNodePtr without_last(PlanNode node)
{
    node.parts.pop_back();
    node.piped.pop_back();
    if (node.parts.size() == 1 && !node.defaults)
        return node.parts.front();
    node.open.out = true;
    return std::make_shared<PlanNode const>(std::move(node));
}

/// The same options without text mode.
LineOptions in_bytes(LineOptions options)
{
    options.text = false;
    options.encoding = {};
    options.errors = {};
    return options;
}

} // namespace

RunOptions run_options(LineOptions const& options)
{
    RunOptions run;
    run.timeout = options.timeout;
    run.idle_timeout = options.idle_timeout;
    run.drain = options.drain;
    run.stop = options.stop;
    run.teardown = options.teardown;
    run.containment = options.containment;
    run.observer = options.observer;
    run.executor = options.executor;
    run.text = options.text;
    run.encoding = options.encoding;
    run.errors = options.errors;
    return run;
}

ExpressionSource source_of(Expression const& expression,
                           LineOptions const& options)
{
    auto const& root = ExpressionAccess::node(expression);
    auto const run = run_options(options);
    auto const text = text_mode_of(options); // an unknown encoding throws here
    auto whole = prepare(root, {.in_hand = 1});
    bool const only_code = ends_in_code(*root) && has_one_writer(whole.program);
    ExpressionSource source;
    if (text)
        source.name = "stdout of \"" + command_of(whole.program) + '"';
    auto all = std::make_unique<JobBytes>(std::move(whole), run);
    if (!only_code) {
        source.bytes = std::move(all);
        return source;
    }
    source.all = std::move(all);
    bool const is_alone = root->kind == PlanNode::Kind::in_process;
    source.code = is_alone ? root->code : root->parts.back()->code;
    if (text)
        source.code = in_text_mode(source.code, *text);
    if (!is_alone)
        source.bytes = stdout_of(without_last(*root), run);
    else if (source.code->reads())
        source.bytes = source_of(Stdio(Stdio::inherit), in_bytes(options));
    return source;
}

ExpressionSource source_of(StderrNode const& expression,
                           LineOptions const& options)
{
    ExpressionSource source;
    auto prepared = prepare(expression.node(), {.in_hand = 2});
    if (text_mode_of(options)) // an unknown encoding throws here
        source.name = "stderr of \"" + command_of(prepared.program) + '"';
    source.bytes =
        std::make_unique<JobBytes>(std::move(prepared), run_options(options));
    return source;
}

std::unique_ptr<ByteSource> source_of(std::shared_ptr<JobState> job,
                                      LineOptions const& options)
{
    refuse_text_of_text(job->streams.out, options);
    refuse_run_options(options, RunsElsewhere::job);
    return std::make_unique<JobBytes>(std::move(job));
}

std::unique_ptr<ByteSource> source_of(ExpressionSource parts,
                                      LineOptions const& options,
                                      std::optional<LineEnd> delimiter)
{
    if (!parts.code)
        return std::move(parts.bytes);
    return std::make_unique<WordBytes>(std::move(parts), options, delimiter);
}

} // namespace runnel::inline v0::detail
