// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/helpers.hpp"

#include "plan/in_process.hpp"

#include <iterator>
#include <utility>

namespace runnel::inline v0 {

Helpers::~Helpers()
{
    for (auto const& code : claimed_)
        code->unclaim();
}

void Helpers::claim()
{
    for (auto const& helper : program_.helpers) {
        if (!helper.code)
            continue;
        claimed_.reserve(claimed_.size() + 1);
        detail::claim(*helper.code);
        claimed_.push_back(helper.code);
    }
}

// --- starting ----------------------------------------------------------------------

void Helpers::add_code(std::size_t index, int in,
                       std::shared_ptr<sys::Fd const> owned, Outlet out,
                       IdleWatch const& idle)
{
    auto const& planned = program_.helpers[index];
    if (!news_)
        news_.emplace();
    auto& helper = helpers_.emplace_back(Helper{.index = index});
    helper.code = std::make_unique<CodeRun>(
        planned.code, in, std::move(owned), *news_, idle.pipe(planned.in).get(),
        places_[index], neighbours_of(program_, index));
    helper.feed = &pump_.feed(std::move(out), helper.code->ring());
    helper.feed->last = idle.pipe(planned.out).get();
    helper.in = idle.pipe(planned.in).get();
}

void Helpers::add_tee(std::size_t index, NoWaitFd in, Outlet out,
                      std::vector<CopyPlace> copies, IdleWatch const& idle)
{
    auto const& planned = program_.helpers[index];
    std::vector<detail::LastByte*> out_pipes;
    for (auto const copy : planned.copies)
        if (auto const pipe = idle.pipe(copy))
            out_pipes.push_back(pipe.get());
    if (auto const pipe = idle.pipe(planned.out))
        out_pipes.push_back(pipe.get());
    auto& helper = helpers_.emplace_back(Helper{.index = index});
    auto& tee =
        pump_.copy(TeeCopy(std::move(in), std::move(out), std::move(copies)));
    tee.watch_bytes(idle.pipe(planned.in).get(), out_pipes);
    helper.copier = &tee;
}

void Helpers::add_join(std::size_t index, std::vector<NoWaitFd> in, Outlet out,
                       IdleWatch const& idle)
{
    auto const& planned = program_.helpers[index];
    std::vector<LineJoin::Source> sources;
    for (std::size_t i = 0; i < in.size(); ++i) {
        auto const& [endpoint, label] = planned.joined[i];
        auto& source = sources.emplace_back();
        source.in = std::move(in[i]);
        source.last = idle.pipe(endpoint).get();
        if (!label.empty())
            source.labels.emplace(label);
    }
    auto& helper = helpers_.emplace_back(Helper{.index = index});
    helper.copier = &pump_.copy(LineJoin(std::move(sources), std::move(out),
                                         idle.pipe(planned.out).get()));
}

void Helpers::start()
{
    for (auto& helper : helpers_)
        if (helper.code && !std::exchange(helper.started, true)) {
            helper.code->start(executor_);
            std::erase(claimed_, helper.code->code());
        }
}

void Helpers::give_up(std::size_t count) noexcept
{
    while (helpers_.size() > count) {
        auto& helper = helpers_.back();
        if (helper.feed != nullptr)
            helper.feed->close();
        if (helper.copier != nullptr)
            helper.copier->close();
        helpers_.pop_back();
    }
}

// --- running -------------------------------------------------------------------------

bool Helpers::has_code() const noexcept
{
    return std::ranges::any_of(
        helpers_, [](Helper const& helper) { return helper.code != nullptr; });
}

Helpers::Ended Helpers::Helper::end() const noexcept
{
    if (copier != nullptr)
        return {index, {copier->bytes_read(), copier->bytes_written()}};
    return {index,
            {in != nullptr ? std::optional(in->bytes()) : std::nullopt,
             feed->ring->taken()}};
}

std::vector<Helpers::Ended> Helpers::left() const
{
    std::vector<Ended> all;
    for (auto const& helper : helpers_)
        all.push_back(helper.end());
    return all;
}

bool Helpers::holds_pipe() const noexcept
{
    return std::ranges::any_of(helpers_, [](Helper const& helper) {
        return helper.code != nullptr
            && (helper.code->reads_on() || helper.feed->out.is_internal());
    });
}

bool Helpers::owes_others() const noexcept
{
    return std::ranges::any_of(helpers_, [](Helper const& helper) {
        return helper.code != nullptr && !helper.feed->out.is_memory()
            && !helper.feed->out.is_internal()
            && !helper.feed->ring->readable().empty();
    });
}

Helpers::News Helpers::look()
{
    News news;
    if (helpers_.empty())
        return news;
    if (news_)
        news_->clear();
    for (auto helper = helpers_.begin(); helper != helpers_.end();) {
        if (helper->code)
            look_at_code(*helper, news);
        bool const has_ended = helper->has_ended();
        if (has_ended) {
            if (helper->copier != nullptr && !helper->copier->saw_end())
                leave(*helper, news);
            news.ended.push_back(helper->end());
        }
        helper = has_ended ? helpers_.erase(helper) : std::next(helper);
    }
    return news;
}

void Helpers::look_at_code(Helper& helper, News& news)
{
    auto& code = *helper.code;
    if (!code.has_ended()) {
        if (!helper.feed->out)
            code.cancel(); // nothing reads its words any more
        return;
    }
    if (code.failure() && !news.failure)
        news.failure = code.failure();
    if (code.left_early())
        leave(helper, news);
}

void Helpers::leave(Helper& helper, News& news)
{
    if (!std::exchange(helper.has_left, true))
        news.left.push_back(place_of(helper));
}

// --- ending --------------------------------------------------------------------------

void Helpers::cancel_one(std::size_t index) noexcept
{
    for (auto& helper : helpers_)
        if (helper.code && helper.index == index)
            helper.code->cancel();
}

// All commands have ended, so no command reads from a pipe of the program.
void Helpers::end_input() noexcept
{
    for (auto& helper : helpers_) {
        if (!helper.code)
            continue;
        helper.code->end_input();
        if (helper.feed->out.is_internal())
            helper.feed->close();
    }
}

void Helpers::cancel() noexcept
{
    for (auto& helper : helpers_) {
        if (helper.code)
            helper.code->cancel();
        if (helper.feed != nullptr)
            helper.feed->close();
    }
}

void Helpers::end() noexcept
{
    cancel();
    helpers_.clear();
}

} // namespace runnel::inline v0
