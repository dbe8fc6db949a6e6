// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/parallel.hpp>

#include "flow/line_sources.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace runnel::inline v0 {

Parallel parallel(ParallelOptions const& options)
{
    Parallel how{options};
    auto& input = how.options.run.input;
    if (input) {
        how.input = std::make_shared<std::string const>(input.as("the input"));
        input = *how.input;
    }
    return how;
}

class ParallelRange::State {
public:
    State(std::unique_ptr<detail::JobInput> input, Parallel const& how)
        : input_(std::move(input)), how_(how)
    {
    }

    void begin()
    {
        if (told_end_)
            detail::refuse_second_pass("results");
        if (!set_) {
            set_.emplace(how_.options);
            advance();
        }
    }

    bool has_result()
    {
        if (current_)
            return true;
        told_end_ = true;
        if (failure_)
            std::rethrow_exception(std::exchange(failure_, nullptr));
        return false;
    }

    Finished& result()
    {
        if (!has_result())
            throw std::logic_error("parallel results were read past their end");
        return *current_;
    }

    // A result that is there is not held back by an element that is not.
    void advance()
    {
        current_.reset();
        for (bool is_first = true; input_ && has_room(is_first);
             is_first = false) {
            if (!is_first)
                current_ = set_->poll();
            if (current_)
                return;
            pull();
        }
        current_ = set_->next();
    }

private:
    /// If there is none, waits for it or for a result. At first, room counts more.
    bool has_room(bool is_first)
    {
        return (is_first && set_->room() > 0) || set_->wait_for_room();
    }

    void pull()
    {
        try {
            if (input_->pull(*set_))
                return;
        } catch (...) {
            failure_ = std::current_exception();
        }
        input_.reset();
    }

    std::unique_ptr<detail::JobInput> input_; ///< null after its end
    Parallel const how_;
    std::optional<JobSet> set_;
    std::optional<Finished> current_;
    std::exception_ptr failure_; ///< of the input
    bool told_end_ = false; ///< an iterator was at the end
};

ParallelRange::ParallelRange(std::unique_ptr<detail::JobInput> input,
                             Parallel const& how)
    : state_(std::make_shared<State>(std::move(input), how))
{
}

ParallelRange::iterator ParallelRange::begin() const
{
    if (state_)
        state_->begin();
    return iterator(state_.get());
}

Finished& ParallelRange::iterator::operator*() const
{
    if (state_ == nullptr)
        throw std::logic_error("parallel results were read past their end");
    return state_->result();
}

ParallelRange::iterator& ParallelRange::iterator::operator++()
{
    if (state_ != nullptr && state_->has_result())
        state_->advance();
    return *this;
}

bool ParallelRange::iterator::at_end() const
{
    return state_ == nullptr || !state_->has_result();
}

// --- outputs -----------------------------------------------------------------------------

class ParallelOutputs::State {
public:
    explicit State(ParallelRange results) : results_(std::move(results)) {}

    void begin()
    {
        at_ = results_.begin();
        take();
    }

    bool at_end()
    {
        if (at_ != std::default_sentinel)
            return false;
        if (failed_)
            std::exchange(failed_, std::nullopt)->check();
        return true;
    }

    std::span<std::byte const> bytes() const
    {
        return std::as_bytes(std::span(bytes_));
    }

    void advance()
    {
        ++at_;
        take();
    }

private:
    void take()
    {
        bytes_.clear();
        if (at_ == std::default_sentinel)
            return;
        if (at_->result.out
                .captured()) // else it has its own stdout, or no result
            bytes_ = at_->result.out.view();
        if (!bytes_.empty() && bytes_.back() != '\n')
            bytes_ += '\n';
        if (!*at_ && !failed_)
            failed_ = std::move(*at_);
    }

    ParallelRange results_;
    ParallelRange::iterator at_;
    std::string bytes_;
    std::optional<Finished> failed_; ///< the first one
};

ParallelOutputs::ParallelOutputs(ParallelRange results)
    : state_(std::make_shared<State>(std::move(results)))
{
}

ParallelOutputs::iterator ParallelOutputs::begin() const
{
    state_->begin();
    return iterator(state_.get());
}

std::span<std::byte const> ParallelOutputs::iterator::operator*() const
{
    return state_->bytes();
}

ParallelOutputs::iterator& ParallelOutputs::iterator::operator++()
{
    state_->advance();
    return *this;
}

bool ParallelOutputs::iterator::at_end() const
{
    return state_ == nullptr || state_->at_end();
}

} // namespace runnel::inline v0
