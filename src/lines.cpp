#include <runnel/lines.hpp>

#include "job_state.hpp"
#include "line_splitter.hpp"

#include <runnel/job.hpp>
#include <runnel/operators.hpp>
#include <runnel/plan.hpp>

#include <stdexcept>
#include <system_error>

namespace runnel::inline v0 {

namespace detail {

/// A job that is read line by line.
class LineSource {
public:
    LineSource(Expression const& expression, LineOptions options)
        : plan_(make_plan(expression)), options_(options)
    {
        plan_.root = redirect(plan_.root, {1, false, Stdio(Stdio::pipe)});
    }

    LineSource(std::shared_ptr<JobState> job, LineOptions options)
        : options_(options), job_(std::move(job)), started_(true)
    {
    }

    void start()
    {
        if (started_)
            return;
        auto job = std::make_shared<JobState>(plan_, RunOptions{});
        job->start({});
        job_ = std::move(job);
        started_ = true;
    }

    /// True if there is a current line; reads it if need be.
    bool has_line()
    {
        while (wanted_ && job_)
            if (splitter_.next(options_.keep_ends))
                wanted_ = false;
            else if (!read_more())
                finish();
        return !wanted_;
    }

    std::string_view line()
    {
        if (!has_line())
            throw std::logic_error("a line range was read past its end");
        return splitter_.line();
    }

    void advance()
    {
        static_cast<void>(has_line());
        wanted_ = true;
    }

private:
    bool read_more()
    {
        auto const tail = splitter_.tail();
        bool const waits = !StreamAccess::has_read_ahead(job_->out);
        if (splitter_.ended() || (waits && !job_->wait_for_output()))
            return false;
        splitter_.commit(job_->out.read_some(tail));
        return true;
    }

    // The range is over before its outcome is thrown: whoever catches it may
    // ask again and finds the end.
    void finish()
    {
        auto const job = std::move(job_);
        job->wait(sys::never);
        auto const& result = job->result();
        if (options_.check)
            result.check_returncode();
    }

    Plan plan_;
    LineOptions options_;
    std::shared_ptr<JobState> job_;
    bool started_ = false;
    bool wanted_ = true; ///< the next line is to be found
    LineSplitter splitter_;
};

} // namespace detail

LineRange::LineRange(Expression const& expression, LineOptions options)
    : source_(std::make_shared<detail::LineSource>(expression, options))
{
}

LineRange::LineRange(std::shared_ptr<detail::LineSource> source) noexcept
    : source_(std::move(source))
{
}

LineRange Job::lines(LineOptions options)
{
    state_->throw_if_ended_early();
    if (!state_->out.is_open())
        throw std::logic_error(
            "lines() needs the stdout of the job: add > Stdio::pipe");
    return LineRange(std::make_shared<detail::LineSource>(state_, options));
}

LineRange::iterator LineRange::begin() const
{
    if (source_)
        source_->start();
    return iterator(source_.get());
}

Line LineRange::iterator::operator*() const
{
    return Line(source_->line());
}

LineRange::iterator& LineRange::iterator::operator++()
{
    source_->advance();
    return *this;
}

bool LineRange::iterator::at_end() const
{
    return source_ == nullptr || !source_->has_line();
}

} // namespace runnel::inline v0
