// What is told of a job after its end.
#include "job/job_state.hpp"

#include "base/cancel.hpp"
#include "child/check_stdio.hpp"

#include <runnel/error.hpp>

namespace runnel::inline v0 {

CompletedProcess& JobState::result()
{
    Lock const lock(mutex_);
    make_result();
    if (auto const failure = running_ ? running_->failure() : nullptr)
        std::rethrow_exception(failure);
    if (reason_ != Reason::own_end)
        throw_reason();
    make_text();
    if (options_.check)
        result_->check_returncode();
    return *result_;
}

void JobState::make_result()
{
    if (!result_)
        result_ = running_ ? running_->result() : CompletedProcess();
    result_->drained &= out_was_drained_;
}

// Bytes until here: an error or a timeout before this holds those.
void JobState::make_text()
{
    if (!text_ || is_text_)
        return;
    std::vector<std::pair<std::string*, Output>> texts;
    for (auto const& [target, stream] : targets_)
        texts.emplace_back(target, decoded(Output(detail::Bytes(*target)),
                                           *text_, stream_name(stream)));
    decode_outputs(*result_, *text_);
    is_text_ = true;
    for (auto const& [target, text] : texts)
        target->assign(text.view());
}

void JobState::throw_reason()
{
    auto const& kept_out = result_->out;
    auto const& kept_err = result_->err;
    switch (reason_) {
    case Reason::stopped: throw StopRequested(command(), kept_out, kept_err);
    case Reason::cancelled: throw detail::Cancelled();
    default: break;
    }
    throw TimeoutExpired(command(), options_.timeout, kept_out, kept_err);
}

std::string JobState::command() const
{
    return running_ ? running_->command() : command_;
}

} // namespace runnel::inline v0
