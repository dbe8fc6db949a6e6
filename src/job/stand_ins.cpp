// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/stand_ins.hpp"

#include <runnel/stand_in.hpp>

#include <algorithm>
#include <utility>

namespace runnel::inline v0 {

Cast StandIns::begin(std::size_t index, std::vector<sys::FdMove>& moves)
{
    auto const& command = program_.commands[index];
    Cast cast;
    if (!command.stand_in)
        return cast;
    if (!company_)
        company_ = std::make_unique<Company>(pump_, program_.commands.size());
    try {
        auto part = command.stand_in->begin();
        if (part.witness)
            company_->witnesses.add(index, std::move(part.witness), moves);
        if (part.act) {
            auto acting = std::make_unique<ActingProcess>(std::move(part.act),
                                                          command.stage, moves);
            company_->acting[index] = acting.get();
            cast.process = std::move(acting);
        }
    } catch (SpawnError const& refusal) {
        auto const& details = refusal.details();
        cast.refusal = {details.step, refusal.code(), details.subject,
                        details.hint};
    }
    return cast;
}

void StandIns::launched() noexcept
{
    if (company_)
        company_->witnesses.launched();
}

void StandIns::start(std::size_t first, std::size_t count)
{
    if (!company_)
        return;
    for (std::size_t i = first; i < first + count; ++i)
        if (company_->acting[i] != nullptr)
            company_->acting[i]->start(executor_);
}

void StandIns::give_up(std::size_t first, std::size_t count) noexcept
{
    if (company_)
        std::fill_n(company_->acting.begin()
                        + static_cast<std::ptrdiff_t>(first),
                    count, nullptr);
}

std::exception_ptr StandIns::failure(std::size_t index) const
{
    auto const* const acting = company_ ? company_->acting[index] : nullptr;
    return acting != nullptr ? acting->failure() : nullptr;
}

std::exception_ptr StandIns::failure() const
{
    for (std::size_t i = 0; company_ && i < company_->acting.size(); ++i)
        if (auto thrown = failure(i))
            return thrown;
    return {};
}

} // namespace runnel::inline v0
