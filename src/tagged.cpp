#include <runnel/tagged.hpp>

#include "byte_source.hpp"
#include "job_state.hpp"
#include "line_sources.hpp"
#include "text_codec.hpp"

#include <runnel/operators.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

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

using Key = std::pair<std::size_t, int>; ///< a stage, a stream

/// Captures what is free of each command, so that it is known whose it is.
class Tap {
public:
    PlanNodePtr tapped(PlanNodePtr const& node, Free free = {})
    {
        free.out &= !is_redirected(*node, 1);
        free.err &= !is_redirected(*node, 2);
        auto const stage = node->stage ? stages_++ : TaggedLine::no_stage;
        auto copy = *node;
        for (std::size_t i = 0; i < copy.parts.size(); ++i)
            copy.parts[i] = tapped(copy.parts[i], inside(*node, i, free));
        PlanNodePtr whole = std::make_shared<PlanNode const>(std::move(copy));
        bool const is_code =
            node->kind == Kind::in_process || node->kind == Kind::tee;
        if (free.out && (node->stage || is_code))
            whole = capture_of(whole, stage, 1);
        if (free.err && node->stage)
            whole = capture_of(whole, stage, 2);
        return whole;
    }

    /// What was captured here.
    std::set<Key> streams;

private:
    static Free inside(PlanNode const& node, std::size_t part, Free free)
    {
        if (node.kind == Kind::command && node.substitutions[part].reads)
            free.out = false;
        if (node.kind == Kind::pipeline && part < node.piped.size())
            (node.piped[part] == 1 ? free.out : free.err) = false;
        return free;
    }

    PlanNodePtr capture_of(PlanNodePtr const& node, std::size_t stage, int fd)
    {
        streams.insert({stage, fd});
        return detail::redirect(node, {fd, false, capture});
    }

    std::size_t stages_ = 0;
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
        decode(bytes, text);
        if (bytes.empty() || !text.empty())
            cut(text.view(), give);
        if (bytes.empty() && !text.empty())
            cut({}, give);
    }

private:
    void decode(std::string_view bytes, detail::Bytes& text)
    {
        if (bytes.empty())
            decoder_->finish(text);
        else
            decoder_->decode(bytes, text);
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
        try {
            while (lines_.empty() && job_)
                read();
        } catch (...) {
            job_.reset();
            throw;
        }
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
    void read()
    {
        bool const ended = job_->turn();
        auto const now = sys::Clock::now();
        job_->take_captured(
            [&](std::size_t stage, int stream, detail::Bytes& bytes) {
                if (bytes.empty() || !tap_.streams.contains({stage, stream}))
                    return;
                cut({stage, stream}, bytes.view(), now);
                bytes.clear();
            });
        if (ended)
            finish(now);
    }

    void cut(Key key, std::string_view bytes, sys::Clock::time_point now)
    {
        auto const at = cuts_
                            .try_emplace(key, options_,
                                         key.second == 2 ? "stderr" : "stdout")
                            .first;
        at->second.add(bytes, [&](std::string line) {
            lines_.push_back({key.first, key.second, std::move(line), now});
        });
    }

    // A failure is thrown behind the last line.
    void finish(sys::Clock::time_point now)
    {
        for (auto const& entry : cuts_)
            cut(entry.first, {}, now);
        auto const job = std::move(job_);
        try {
            result_ = std::move(job->result());
            forget_captures();
            if (options_.check)
                result_->check_returncode();
        } catch (...) {
            failure_ = std::current_exception();
        }
    }

    /// They were given line by line.
    void forget_captures()
    {
        for (auto const& [stage, stream] : tap_.streams)
            if (stage != TaggedLine::no_stage)
                (stream == 1 ? result_->stages[stage].out
                             : result_->stages[stage].err) = {};
        result_->out = result_->err = {};
    }

    Tap tap_;
    Plan plan_;
    LineOptions options_;
    std::unique_ptr<JobState> job_;
    bool started_ = false;
    std::map<Key, Cut> cuts_;
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
