// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_record.hpp"

#include "base/cancel.hpp"
#include "child/check_stdio.hpp"

#include <runnel/error.hpp>

namespace runnel::inline v0 {

void JobRecord::note(Program const& program)
{
    for (auto const& kept : program.captures)
        if (kept.target != nullptr)
            targets_.emplace_back(kept.target, kept.stream);
}

void JobRecord::take_result(JobDriver& driver, bool drained)
{
    auto* const running = driver.running();
    if (!result_)
        result_ = running != nullptr ? running->result() : CompletedProcess();
    result_->drained &= drained;
}

CompletedProcess& JobRecord::result(JobDriver& driver, bool drained)
{
    take_result(driver, drained);
    auto* const running = driver.running();
    if (running != nullptr)
        if (auto const failure = running->failure(*result_))
            std::rethrow_exception(failure);
    if (driver.reason() != JobDriver::Reason::own_end)
        throw_reason(driver);
    if (driver.text() && !is_text_)
        make_text(*driver.text());
    if (driver.options().check)
        result_->check_returncode();
    return *result_;
}

// Until here the outputs are bytes, also those in an error or timeout thrown
// before.
void JobRecord::make_text(TextMode const& mode)
{
    std::vector<std::pair<std::string*, Output>> texts;
    texts.reserve(targets_.size());
    for (auto const& [target, stream] : targets_)
        texts.emplace_back(target, decoded(Output(detail::Bytes(*target)), mode,
                                           stream_name(stream)));
    decode_outputs(*result_, mode);
    is_text_ = true;
    for (auto const& [target, text] : texts)
        target->assign(text.view());
}

void JobRecord::throw_stopped(JobDriver& driver, bool drained)
{
    take_result(driver, drained);
    throw StopRequested(driver.command(), *result_);
}

void JobRecord::throw_reason(JobDriver const& driver) const
{
    using Reason = JobDriver::Reason;
    auto const command = driver.command();
    switch (driver.reason()) {
    case Reason::stopped: throw StopRequested(command, *result_);
    case Reason::cancelled: throw detail::Cancelled();
    default: break;
    }
    throw TimeoutExpired(command, driver.options().timeout, *result_);
}

} // namespace runnel::inline v0
