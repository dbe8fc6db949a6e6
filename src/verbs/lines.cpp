// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/lines.hpp>

#include "flow/line_sources.hpp"
#include "job/job_state.hpp"
#include "text/text_codec.hpp"
#include "verbs/expression_source.hpp"

#include <runnel/job.hpp>

#include <stdexcept>

namespace runnel::inline v0 {

namespace {

std::shared_ptr<detail::LineSource>
lines_of(std::unique_ptr<detail::ByteSource> bytes, LineOptions const& options)
{
    return std::make_shared<detail::ByteLines>(std::move(bytes), options);
}

std::shared_ptr<detail::LineSource> lines_of(detail::ExpressionSource source,
                                             LineOptions const& options)
{
    if (source.code && !source.code->gives_bytes()
        && detail::ends_with_one_byte(options))
        return std::make_shared<detail::WordLines>(std::move(source), options);
    auto name = std::move(source.name);
    std::optional<LineEnd> delimiter;
    if (!text_mode_of(options))
        delimiter = options.delimiter;
    auto bytes = detail::source_of(std::move(source), options, delimiter);
    return lines_of(detail::text_of(std::move(bytes), options, std::move(name)),
                    options);
}

} // namespace

LineRange::LineRange(Expression const& expression, LineOptions const& options)
    : source_(lines_of(detail::source_of(expression, options), options))
{
}

LineRange::LineRange(detail::StderrNode const& expression,
                     LineOptions const& options)
    : source_(lines_of(detail::source_of(expression, options), options))
{
}

LineRange::LineRange(ReadStream& stream, LineOptions const& options)
    : source_(lines_of(detail::source_of(stream, options), options))
{
}

LineRange::LineRange(Stdio const& file, LineOptions const& options)
    : source_(lines_of(detail::source_of(file, options), options))
{
}

LineRange Job::lines(LineOptions const& options)
{
    state_->throw_if_ended_early();
    if (!state_->streams.out.is_open())
        throw std::logic_error(
            "lines() needs the stdout of the job: add > Stdio::pipe");
    return LineRange(lines_of(detail::source_of(state_, options), options));
}

std::vector<std::string> read_lines(Expression const& expression,
                                    LineOptions const& options)
{
    return to_vector(LineRange(expression, options));
}

std::optional<Line> LineRange::try_next()
{
    return source_ ? source_->try_next() : std::nullopt;
}

bool LineRange::ended() const noexcept
{
    return !source_ || source_->has_ended();
}

int LineRange::fd()
{
    return source_ ? source_->event_fd() : -1;
}

std::optional<std::chrono::steady_clock::time_point>
LineRange::next_deadline() const
{
    return source_ ? source_->next_deadline() : std::nullopt;
}

CompletedProcess const& LineRange::result() const
{
    if (!source_)
        throw std::logic_error("result() of a range without lines");
    return source_->result();
}

} // namespace runnel::inline v0
