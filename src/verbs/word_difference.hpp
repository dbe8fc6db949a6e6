// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How words differ from those that were expected.
#pragma once

#include <runnel/scripted.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// The words of a command: what they are, and how they are shown.
struct GivenWords {
    std::vector<std::string> real;
    std::vector<std::string> shown;
};

/// The least changes that make given words fit.
class WordDifference {
public:
    WordDifference(std::span<detail::WordPattern const> expected,
                   GivenWords const& given);

    /// True if they fit as they are.
    bool is_none() const noexcept { return cost() == 0; }

    /// How much must be changed. Another program counts more than another word.
    std::size_t cost() const noexcept { return costs_.front(); }

    /// One line for each word: `+` for a word that was not expected, `-` for one
    /// that is missing.
    std::string text(std::string_view indent) const;

private:
    std::size_t& at(std::size_t expected, std::size_t given)
    {
        return costs_[expected * (given_.real.size() + 1) + given];
    }
    std::size_t at(std::size_t expected, std::size_t given) const
    {
        return costs_[expected * (given_.real.size() + 1) + given];
    }
    std::size_t cheapest(std::size_t expected, std::size_t given) const;
    bool fits(std::size_t expected, std::size_t given) const;

    std::span<detail::WordPattern const> expected_;
    GivenWords const& given_;
    std::vector<std::size_t> costs_; ///< of the words from there on
};

} // namespace runnel::inline v0
