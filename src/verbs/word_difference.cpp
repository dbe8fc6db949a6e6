// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "verbs/word_difference.hpp"

#include "text/quote.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <string_view>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t cost_of_word = 1;
constexpr std::size_t cost_of_program = 1000;

std::size_t cost_of(std::size_t index)
{
    return index == 0 ? cost_of_program : cost_of_word;
}

void add_line(std::string& text, std::string_view indent, char mark,
              std::string const& word)
{
    text.append(indent).append({mark, ' '}).append(word) += '\n';
}

} // namespace

WordDifference::WordDifference(std::span<detail::WordPattern const> expected,
                               GivenWords const& given)
    : expected_(expected), given_(given),
      costs_((expected.size() + 1) * (given.real.size() + 1))
{
    for (auto i = expected_.size() + 1; i-- > 0;)
        for (auto j = given_.real.size() + 1; j-- > 0;)
            at(i, j) = cheapest(i, j);
}

bool WordDifference::fits(std::size_t expected, std::size_t given) const
{
    return expected < expected_.size() && given < given_.real.size()
        && expected_[expected].matches(given_.real[given]);
}

/// `any_words` may take one word more, or no more words.
std::size_t WordDifference::cheapest(std::size_t expected,
                                     std::size_t given) const
{
    auto best = static_cast<std::size_t>(-1);
    bool const has_expected = expected < expected_.size();
    bool const has_given = given < given_.real.size();
    if (!has_expected && !has_given)
        return 0;
    bool const is_many = has_expected && expected_[expected].is_many();
    if (has_expected)
        best = at(expected + 1, given) + (is_many ? 0 : cost_of(expected));
    if (has_given)
        best = std::min(best, at(expected, given + 1)
                                  + (is_many ? 0 : cost_of(given)));
    if (fits(expected, given))
        best = std::min(best, at(expected + 1, given + 1));
    return best;
}

std::string WordDifference::text(std::string_view indent) const
{
    std::string text;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < expected_.size() || j < given_.real.size()) {
        bool const is_many = i < expected_.size() && expected_[i].is_many();
        auto const shown = [&] { return visible(quote(given_.shown[j])); };
        if (fits(i, j) && at(i, j) == at(i + 1, j + 1)) {
            add_line(text, indent, ' ', shown());
            ++i, ++j;
        } else if (is_many && at(i, j) == at(i + 1, j)) {
            ++i;
        } else if (i < expected_.size() && !is_many
                   && at(i, j) == at(i + 1, j) + cost_of(i)) {
            add_line(text, indent, '-', expected_[i++].text());
        } else {
            add_line(text, indent, is_many ? ' ' : '+', shown());
            ++j;
        }
    }
    return text;
}

} // namespace runnel::inline v0
