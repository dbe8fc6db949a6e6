// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/trace.hpp>

#include "seen/trace_writer.hpp"

#include <utility>

namespace runnel::inline v0 {

Trace::Trace(Pathname const& file)
    : Trace(std::make_unique<detail::TraceWriter>(
        TraceFile(std::string(file.str()))))
{
}

Trace::Trace(std::string& text)
    : Trace(std::make_unique<detail::TraceWriter>(TraceFile(text)))
{
}

Trace::Trace(std::unique_ptr<detail::TraceWriter> writer) noexcept
    : writer_(std::move(writer))
{
}

Trace::~Trace() = default;

void Trace::began(Began const& e) noexcept
{
    writer_->with([&] { writer_->begin_run(e); });
}

void Trace::starting(Starting const& e)
{
    writer_->with([&] { writer_->begin_start(e.child); });
}

void Trace::started(Started const& e) noexcept
{
    writer_->with([&] { writer_->begin_command(e); });
}

void Trace::refused(Refused const& e) noexcept
{
    writer_->with([&] { writer_->refuse(e); });
}

void Trace::exited(Exited const& e) noexcept
{
    writer_->with([&] { writer_->end_command(e); });
}

void Trace::killed(Killed const& e) noexcept
{
    writer_->with([&] {
        writer_->mark(e.child.run, detail::TraceWriter::row_of(e.child, e.pid),
                      signal_name(e.signal));
    });
}

void Trace::expired(Expired const& e) noexcept
{
    writer_->with([&] {
        if (e.run > 0)
            writer_->mark(e.run, 0, "time is up for " + std::string(e.command));
    });
}

void Trace::helper_started(HelperView const& e) noexcept
{
    writer_->with([&] { writer_->begin_helper(e); });
}

void Trace::helper_ended(HelperEnded const& e) noexcept
{
    writer_->with([&] { writer_->end_helper(e); });
}

void Trace::moved(Moved const& e) noexcept
{
    writer_->with([&] { writer_->count(e); });
}

void Trace::ended(Ended const& e) noexcept
{
    writer_->with([&] { writer_->end_run(e); });
}

} // namespace runnel::inline v0
