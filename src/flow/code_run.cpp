// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "flow/code_run.hpp"
#include "base/cancel.hpp"
#include "base/executor_scope.hpp"
#include "base/thread.hpp"

namespace runnel::inline v0 {

namespace {

class RingOut final : public detail::WordOut {
public:
    explicit RingOut(ByteRing& ring) noexcept : ring_(ring) {}

    bool put(detail::OutWord const& word) override
    {
        return word.has_end ? ring_.put(word.text, word.end.view())
                            : ring_.put(word.text);
    }

private:
    ByteRing& ring_;
};

} // namespace

CodeRun::CodeRun(std::shared_ptr<detail::InProcess const> code, int in,
                 std::shared_ptr<sys::Fd const> owned, sys::Waker& news,
                 detail::LastByte* last, CodePlace& place, Neighbours beside)
    : code_(std::move(code)), in_(in), owned_(std::move(owned)), news_(news),
      last_(last), place_(place), beside_(std::move(beside)),
      ring_(std::make_shared<ByteRing>(news, &place)),
      left_early_(code_->reads())
{
    if (!code_->reads()) {
        owned_.reset();
        return;
    }
    place_.in = in_;
    if (last_ != nullptr)
        last_->read_at(in_);
}

CodeRun::~CodeRun()
{
    cancel();
    if (thread_.joinable())
        thread_.join();
}

void CodeRun::start(Executor* executor)
{
    thread_ = start_thread([this, executor] {
        set_scoped_executor(executor);
        run();
    });
}

void CodeRun::cancel() noexcept
{
    cancelled_.ask();
    ring_->abandon();
}

void CodeRun::end_input() noexcept
{
    cancelled_.end_input();
}

// The read end is closed as soon as the stage reads no more, so that the writer
// learns of it.
void CodeRun::run() noexcept
{
    place_.state = CodeState::runs;
    try {
        detail::CancelScope const scope(cancelled_);
        pull();
    } catch (detail::Cancelled const&) { // ended on purpose: no failure
    } catch (...) {
        failure_ = std::current_exception();
    }
    input_.close();
    detail::note_bytes(last_, 0);
    owned_.reset();
    ring_->finish();
    place_.state = CodeState::ended;
    ended_ = true;
    news_.wake();
}

void CodeRun::pull()
{
    RingOut out(*ring_);
    if (code_->reads())
        input_ = detail::CodeInput(code_->cut(),
                                   std::make_unique<detail::InputSource>(
                                       in_, left_early_, last_, &place_));
    auto input = input_.range();
    input.before = std::move(beside_.before);
    input.after = std::move(beside_.after);
    if (code_->reads())
        input.fd = in_;
    code_->open(std::move(input), detail::Cancel(cancelled_))->pour(out);
}

} // namespace runnel::inline v0
