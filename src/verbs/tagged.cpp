// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/tagged.hpp>

#include "flow/line_sources.hpp"
#include "sys/clock.hpp"
#include "text/text_codec.hpp"
#include "verbs/expression_source.hpp"
#include "verbs/launch.hpp"

#include <runnel/operators.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

/// Cuts one stream into lines.
class StreamCut {
public:
    StreamCut(LineOptions const& options, std::string_view stream)
        : cutter_(options)
    {
        if (auto const mode = text_mode_of(options))
            decoder_.emplace(*mode, stream);
    }

    /// Empty `bytes` mean end of file.
    template <class Give>
    void add(std::string_view bytes, Give give)
    {
        if (!decoder_) {
            cut(bytes, give);
            return;
        }
        Bytes text;
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
    /// Decodes `bytes`. Returns the failure if this is not possible.
    std::exception_ptr decode(std::string_view bytes, Bytes& text)
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
    LineCutter cutter_;
    LineCursor at_;
};

/// One stream, with the cutter that keeps its last partial line.
struct TappedStream {
    TappedStream(ProgramCapture const& kept, LineOptions const& options)
        : stage(kept.stage), stream(kept.stream),
          cut(options, kept.stream == 2 ? "stderr" : "stdout")
    {
    }

    std::size_t stage;
    int stream;
    StreamCut cut;
};

} // namespace detail

class TaggedRange::Source final : private Running::Taps {
public:
    Source(Expression const& expression, LineOptions const& options)
        : prepared_(prepare(detail::ExpressionAccess::node(expression),
                            {.tap = Lowering::Tap::passed_on})),
          options_(options)
    {
        detail::check(options);
        streams_.resize(prepared_.program.captures.size());
    }

    void start()
    {
        if (started_)
            return;
        auto run = detail::run_options(options_);
        run.pump = Pump::caller;
        auto job = std::make_unique<JobState>(run);
        auto copy = prepared_;
        auto& executor = executor_for(copy, run);
        job->start(executor, std::move(copy.program));
        job_ = std::move(job);
        started_ = true;
    }

    void begin()
    {
        start();
        if (told_end_)
            detail::refuse_second_pass("lines");
    }

    bool has_line()
    {
        while (lines_.empty() && job_)
            read(sys::never);
        throw_failure();
        told_end_ = lines_.empty();
        return !told_end_;
    }

    std::optional<TaggedLine> try_next()
    {
        start();
        if (lines_.empty() && job_)
            read(sys::Deadline::min());
        throw_failure();
        if (lines_.empty())
            return {};
        std::optional next(std::move(lines_.front()));
        lines_.pop_front();
        return next;
    }

    bool has_ended() const noexcept
    {
        return started_ && !job_ && lines_.empty() && !failure_;
    }

    int event_fd()
    {
        start();
        return job_ ? job_->event_fd(false) : -1;
    }

    std::optional<sys::Deadline> next_deadline() const
    {
        if (!started_ || !lines_.empty() || !job_)
            return sys::Clock::now(); // poll does not see these
        return job_ ? job_->next_deadline() : std::nullopt;
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

    CompletedProcess const& result() const { return detail::finished(result_); }

private:
    // A failure is kept, and thrown after the last line.
    void read(sys::Deadline until)
    {
        try {
            bool const ended = job_->step(until);
            now_ = sys::Clock::now();
            job_->take_tapped(*this);
            if (ended)
                finish();
        } catch (...) {
            keep_failure();
        }
        if (failure_)
            job_.reset();
    }

    void take(std::size_t index, std::string_view bytes) override
    {
        auto& stream = streams_[index];
        if (!stream)
            stream = std::make_unique<detail::TappedStream>(
                prepared_.program.captures[index], options_);
        cut(*stream, bytes);
    }

    // A failure is kept, so that lines which other streams brought at the same
    // time are given as well.
    void cut(detail::TappedStream& from, std::string_view bytes)
    {
        try {
            from.cut.add(bytes, [&](std::string line) {
                lines_.push_back(
                    {from.stage, from.stream, std::move(line), now_});
            });
        } catch (...) {
            keep_failure();
        }
    }

    /// The partial lines at the ends of the streams.
    void cut_ends()
    {
        for (auto& stream : streams_)
            if (stream && !failure_)
                cut(*stream, {});
    }

    void throw_failure()
    {
        if (lines_.empty() && failure_)
            std::rethrow_exception(std::exchange(failure_, nullptr));
    }

    void keep_failure() noexcept
    {
        if (!failure_)
            failure_ = std::current_exception();
    }

    void finish()
    {
        // If the job was ended early, partial lines are not given.
        std::optional<CompletedProcess> result;
        try {
            result = job_->result(JobState::Asked::once);
        } catch (TextError const&) { // of a capture, or of C++ that has failed
            if (!job_->is_cut_off())
                cut_ends();
            throw;
        }
        cut_ends();
        if (failure_)
            return;
        auto const job = std::move(job_);
        result_ = std::move(result);
        if (options_.check)
            result_->check_returncode();
    }

    Prepared prepared_;
    LineOptions options_;
    std::unique_ptr<JobState> job_;
    bool started_ = false;
    bool told_end_ = false; ///< an iterator was at the end
    sys::Clock::time_point now_{}; ///< when bytes were seen
    std::vector<std::unique_ptr<detail::TappedStream>> streams_; ///< by capture
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
        source_->begin();
    return iterator(source_.get());
}

std::optional<TaggedLine> TaggedRange::try_next()
{
    return source_ ? source_->try_next() : std::nullopt;
}

bool TaggedRange::ended() const noexcept
{
    return !source_ || source_->has_ended();
}

int TaggedRange::fd()
{
    return source_ ? source_->event_fd() : -1;
}

std::optional<std::chrono::steady_clock::time_point>
TaggedRange::next_deadline() const
{
    return source_ ? source_->next_deadline() : std::nullopt;
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
