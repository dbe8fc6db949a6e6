#include <runnel/tagged.hpp>

#include "flow/line_sources.hpp"
#include "job/job_state.hpp"
#include "sys/clock.hpp"
#include "text/text_codec.hpp"
#include "verbs/expression_source.hpp"

#include <runnel/operators.hpp>

#include <algorithm>
#include <deque>
#include <list>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;

bool is_redirected(PlanNode const& node, int fd)
{
    return std::ranges::find(node.redirections, fd, &Redirection::fd)
        != node.redirections.end();
}

/// Which streams lead nowhere else.
struct Free {
    bool out = true;
    bool err = true;
};

/// Captures what is free of each command, so that it is known whose it is.
class Tap {
public:
    PlanNodePtr tapped(PlanNodePtr const& node) { return tapped(node, {}, {}); }

    /// True if a capture is one of ours, not the user's. C++ has no stage.
    bool made(std::size_t stage, int stream) const
    {
        return stage == TaggedLine::no_stage
                 ? stream >= first_number
                 : streams_.contains({stage, stream});
    }

    bool made_any_of_code() const noexcept { return has_code_; }

private:
    static constexpr int first_number = 3;

    /// `place`: what is free where the part stands; `around`: where the
    /// pipeline does that it is a part of.
    PlanNodePtr tapped(PlanNodePtr const& node, Free place, Free around)
    {
        auto free = place;
        free.out &= !is_redirected(*node, 1);
        free.err &= !is_redirected(*node, 2);
        auto const stage = node->stage ? stages_++ : TaggedLine::no_stage;
        auto copy = *node;
        for (std::size_t i = 0; i < copy.parts.size(); ++i)
            copy.parts[i] = tapped_part(*node, i, place, around, free);
        if (node->stage)
            capture_free(copy, stage, free);
        else if (free.out && is_code(*node))
            capture_code(copy);
        return std::make_shared<PlanNode const>(std::move(copy));
    }

    // As `TreeRun` connects it: what a word stands for has the streams of the
    // command's place, and a branch of a tee those of the pipeline.
    PlanNodePtr tapped_part(PlanNode const& node, std::size_t i, Free place,
                            Free around, Free free)
    {
        auto const& part = node.parts[i];
        switch (node.kind) {
        case Kind::command:
            place.out &= !node.substitutions[i].reads;
            return tapped(part, place, place);
        case Kind::tee: return tapped(part, around, around);
        case Kind::pipeline: {
            auto inside = free;
            if (i < node.piped.size())
                (node.piped[i] == 1 ? inside.out : inside.err) = false;
            return tapped(part, inside, free);
        }
        default: return tapped(part, free, free);
        }
    }

    static bool is_code(PlanNode const& node)
    {
        return node.kind == Kind::in_process || node.kind == Kind::tee;
    }

    void capture_free(PlanNode& node, std::size_t stage, Free free)
    {
        for (int const fd : {1, 2})
            if (fd == 1 ? free.out : free.err) {
                node.redirections.push_back({fd, false, capture});
                streams_.insert({stage, fd});
            }
    }

    // No stage tells whose it is, but its number does: a capture of the user's
    // is for stdout or stderr.
    void capture_code(PlanNode& node)
    {
        int number = first_number;
        while (is_redirected(node, number))
            ++number;
        node.redirections.push_back({number, false, capture});
        node.redirections.push_back({1, false, SameAs{number}});
        has_code_ = true;
    }

    std::size_t stages_ = 0;
    std::set<std::pair<std::size_t, int>> streams_; ///< of commands
    bool has_code_ = false;
};

/// Cuts one stream into lines.
class Cut {
public:
    Cut(LineOptions const& options, std::string_view stream) : cutter_(options)
    {
        if (auto const mode = text_mode_of(options))
            decoder_.emplace(*mode, stream);
    }

    /// No bytes are the end.
    template <class Give>
    void add(std::string_view bytes, Give give)
    {
        if (!decoder_) {
            cut(bytes, give);
            return;
        }
        detail::Bytes text;
        auto const failure = decode(bytes, text);
        bool const ends = bytes.empty() && !failure;
        if (ends || !text.empty())
            cut(text.view(), give);
        if (ends && !text.empty())
            cut({}, give);
        if (failure)
            std::rethrow_exception(failure);
    }

private:
    /// Why there is no more text than this, if it is so.
    std::exception_ptr decode(std::string_view bytes, detail::Bytes& text)
    {
        try {
            if (bytes.empty())
                decoder_->finish(text);
            else
                decoder_->decode(bytes, text);
        } catch (TextError const&) {
            return std::current_exception();
        }
        return {};
    }

    template <class Give>
    void cut(std::string_view bytes, Give give)
    {
        do {
            auto const room = cutter_.room(at_.line);
            auto const count = std::min(room.size(), bytes.size());
            std::ranges::copy(bytes.substr(0, count), room.begin());
            cutter_.commit(count);
            bytes.remove_prefix(count);
            while (cutter_.next(at_)) {
                auto const size =
                    static_cast<std::size_t>(at_.next - at_.line) - cutter_.cut;
                give(std::string(at_.line, size));
                at_.line = std::exchange(at_.next, nullptr);
            }
        } while (!bytes.empty());
    }

    std::optional<Decoder> decoder_;
    detail::LineCutter cutter_;
    detail::LineCursor at_;
};

/// What was captured in one place.
struct TappedStream {
    TappedStream(detail::Bytes const* place, std::size_t whose, int fd,
                 LineOptions const& options)
        : from(place), stage(whose), stream(fd),
          cut(options, fd == 2 ? "stderr" : "stdout")
    {
    }

    detail::Bytes const* from; ///< tells which place
    std::size_t stage;
    int stream;
    Cut cut;
};

} // namespace

class TaggedRange::Source {
public:
    Source(Expression const& expression, LineOptions const& options)
        : plan_(make_plan(expression)), options_(options)
    {
        detail::check(options);
        plan_.root = tap_.tapped(plan_.root);
    }

    void start()
    {
        if (started_)
            return;
        auto job =
            std::make_unique<JobState>(plan_, detail::run_options(options_));
        job->start({});
        job->read_piecewise();
        job_ = std::move(job);
        started_ = true;
    }

    bool has_line()
    {
        while (lines_.empty() && job_)
            read();
        if (lines_.empty() && failure_)
            std::rethrow_exception(std::exchange(failure_, nullptr));
        return !lines_.empty();
    }

    TaggedLine const& line()
    {
        if (!has_line())
            throw std::logic_error("a tagged range was read past its end");
        return lines_.front();
    }

    void advance()
    {
        if (has_line())
            lines_.pop_front();
    }

    CompletedProcess const& result() const
    {
        if (!result_)
            throw std::logic_error(
                "result() of a range that has not come to its end");
        return *result_;
    }

private:
    // A failure is thrown behind the last line.
    void read()
    {
        try {
            bool const ended = job_->turn();
            take_captured(sys::Clock::now());
            if (ended)
                finish(sys::Clock::now());
        } catch (...) {
            keep_failure();
        }
        if (failure_)
            job_.reset();
    }

    void take_captured(sys::Clock::time_point now)
    {
        job_->take_captured(
            [&](std::size_t stage, int stream, detail::Bytes& bytes) {
                if (bytes.empty() || !tap_.made(stage, stream))
                    return;
                cut(stream_of(stage, stream, bytes), bytes.view(), now);
                bytes.clear();
            });
    }

    TappedStream& stream_of(std::size_t stage, int stream,
                            detail::Bytes const& from)
    {
        auto const at = std::ranges::find(streams_, &from, &TappedStream::from);
        if (at != streams_.end())
            return *at;
        if (stage == TaggedLine::no_stage)
            stream = 1;
        return streams_.emplace_back(&from, stage, stream, options_);
    }

    // What other streams brought at the same time is given as well.
    void cut(TappedStream& from, std::string_view bytes,
             sys::Clock::time_point now)
    {
        try {
            from.cut.add(bytes, [&](std::string line) {
                lines_.push_back(
                    {from.stage, from.stream, std::move(line), now});
            });
        } catch (...) {
            keep_failure();
        }
    }

    void keep_failure() noexcept
    {
        if (!failure_)
            failure_ = std::current_exception();
    }

    void finish(sys::Clock::time_point now)
    {
        // Throws if a deadline has cut off what is not a whole line.
        auto result = std::move(job_->result());
        for (auto& stream : streams_)
            if (!failure_)
                cut(stream, {}, now);
        if (failure_)
            return;
        auto const job = std::move(job_);
        result_ = std::move(result);
        forget_captures();
        if (options_.check)
            result_->check_returncode();
    }

    // They were given line by line. The user's own stay.
    void forget_captures()
    {
        forget(1, &StageResult::out, result_->out);
        forget(2, &StageResult::err, result_->err);
    }

    void forget(int stream, Output StageResult::*of_stage, Output& whole)
    {
        auto& stages = result_->stages;
        auto const is_captured = [&](StageResult const& stage) {
            return (stage.*of_stage).captured();
        };
        if (std::ranges::any_of(stages, is_captured)
            || (stream != 1 && tap_.made_any_of_code()))
            whole = {};
        for (std::size_t i = 0; i < stages.size(); ++i)
            if (tap_.made(i, stream))
                stages[i].*of_stage = {};
            else if (is_captured(stages[i]))
                whole = stages[i].*of_stage; // the rightmost, as ever
    }

    Tap tap_;
    Plan plan_;
    LineOptions options_;
    std::unique_ptr<JobState> job_;
    bool started_ = false;
    std::list<TappedStream> streams_;
    std::deque<TaggedLine> lines_;
    std::optional<CompletedProcess> result_;
    std::exception_ptr failure_;
};

TaggedRange::TaggedRange(Expression const& expression,
                         LineOptions const& options)
    : source_(std::make_shared<Source>(expression, options))
{
}

TaggedRange::iterator TaggedRange::begin() const
{
    if (source_)
        source_->start();
    return iterator(source_.get());
}

CompletedProcess const& TaggedRange::result() const
{
    if (!source_)
        throw std::logic_error("result() of a range without lines");
    return source_->result();
}

TaggedLine const& TaggedRange::iterator::operator*() const
{
    if (source_ == nullptr)
        throw std::logic_error("a tagged range was read past its end");
    return source_->line();
}

TaggedRange::iterator& TaggedRange::iterator::operator++()
{
    if (source_ != nullptr)
        source_->advance();
    return *this;
}

bool TaggedRange::iterator::at_end() const
{
    return source_ == nullptr || !source_->has_line();
}

} // namespace runnel::inline v0
