#include <runnel/lines.hpp>

#include "executor.hpp"
#include "job_state.hpp"
#include "line_splitter.hpp"

#include <runnel/plan.hpp>

#include <stdexcept>
#include <system_error>

namespace runnel::inline v0 {

namespace detail {

/// A pipeline that is read line by line.
class LineSource {
public:
    LineSource(Expression const& expression, LineOptions options)
        : plan_(make_plan(expression)), options_(options)
    {
        plan_.stages.back().redirections.push_back({1, Stdio(Stdio::pipe)});
    }

    void start()
    {
        if (started_)
            return;
        job_ = Executor::start(plan_, nullptr);
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
        if (splitter_.ended())
            return false;
        job_->wait_for_output();
        auto const count =
            sys::read_some(job_->out_end().get(), tail.data(), tail.size());
        if (!count)
            throw std::system_error(count.error, "cannot read stdout");
        splitter_.commit(count.value);
        return true;
    }

    // The range is over before its outcome is thrown: whoever catches it may
    // ask again and finds the end.
    void finish()
    {
        auto const job = std::move(job_);
        job->wait(sys::never);
        auto const result = job->result();
        if (options_.check)
            result.check_returncode();
    }

    Plan plan_;
    LineOptions options_;
    bool started_ = false;
    bool wanted_ = true; ///< the next line is to be found
    LineSplitter splitter_;
    std::unique_ptr<JobState> job_;
};

} // namespace detail

LineRange::LineRange(Expression const& expression, LineOptions options)
    : source_(std::make_shared<detail::LineSource>(expression, options))
{
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
