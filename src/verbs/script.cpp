// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "verbs/script.hpp"

#include "text/quote.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace runnel::inline v0::detail {

namespace {

GivenWords words_of(PlannedStage const& stage)
{
    return {stage.reveal_argv(), stage.argv()};
}

std::string times(std::size_t count)
{
    return count == 1 ? "once" : std::to_string(count) + " times";
}

/// As a C++ literal, so that every difference is seen.
std::string literal(std::string_view text)
{
    std::string quoted = "\"";
    for (char const c : first_bytes(text, 1000))
        if (c == '\n')
            quoted += "\\n";
        else if (c == '"' || c == '\\')
            quoted.append({'\\', c});
        else
            quoted += c;
    return visible(quoted) + (text.size() > 1000 ? "\"..." : "\"");
}

} // namespace

// --- words and lines -----------------------------------------------------------------

WordPattern::WordPattern(Word word) : word_(std::move(word)) {}

bool WordPattern::matches(std::string_view word) const
{
    switch (kind_) {
    case Kind::word: return word_.reveal() == word;
    case Kind::predicate: return holds_(word);
    default: return true;
    }
}

std::string WordPattern::text() const
{
    switch (kind_) {
    case Kind::word: return visible(quote(word_.str()));
    case Kind::any_word: return "<any word>";
    case Kind::any_words: return "<any words>";
    case Kind::predicate: break;
    }
    return "<a word that fits>";
}

bool ScriptLine::is_for(GivenWords const& given) const
{
    return fits ? fits(given.real) : WordDifference(words, given).is_none();
}

std::string ScriptLine::text() const
{
    std::string line;
    for (auto const& word : words) {
        if (!line.empty())
            line += ' ';
        line += word.text();
    }
    return line.empty() ? "<a command that fits>" : line;
}

// --- the script ----------------------------------------------------------------------

ScriptLine& Script::add(ScriptLine line)
{
    std::lock_guard const lock(mutex_);
    auto& added = lines_.emplace_back(std::move(line));
    if (next_ == lines_.end())
        next_ = std::prev(lines_.end());
    return added;
}

void Script::keep_order()
{
    std::lock_guard const lock(mutex_);
    is_in_order_ = true;
}

Script::Begun Script::begin(PlannedStage const& stage)
{
    auto const given = words_of(stage);
    std::lock_guard const lock(mutex_);
    calls_.push_back(
        {given.shown, stage.command(), stage.options.cwd.str(), {}});
    auto* const line =
        is_in_order_ ? find_next(stage, given) : find(stage, given);
    if (line == nullptr)
        return {calls_.size() - 1, {}};
    ++line->used;
    return {calls_.size() - 1, line->answer};
}

ScriptLine* Script::find(PlannedStage const& stage, GivenWords const& given)
{
    auto const found = std::ranges::find_if(lines_, [&](auto const& line) {
        return !line.is_used_up() && line.is_for(given)
            && line.holds_for(stage);
    });
    return found == lines_.end() ? nullptr : &*found;
}

ScriptLine* Script::find_next(PlannedStage const& stage,
                              GivenWords const& given)
{
    for (auto at = next_; at != lines_.end(); ++at) {
        if (!at->is_used_up() && at->is_for(given) && at->holds_for(stage)) {
            next_ = at;
            return &*at;
        }
        if (at->used < at->least)
            break;
    }
    return nullptr;
}

// --- what went wrong -------------------------------------------------------------------

void Script::refuse(PlannedStage const& stage)
{
    auto const given = words_of(stage);
    std::lock_guard const lock(mutex_);
    auto message = "unexpected command: " + visible(join(given.shown)) + '\n'
                 + nearest_to(stage, given) + all_lines();
    problems_.push_back(message);
    throw UnexpectedCommand(message);
}

std::string Script::nearest_to(PlannedStage const& stage,
                               GivenWords const& given) const
{
    ScriptLine const* nearest = nullptr;
    auto least = static_cast<std::size_t>(-1);
    for (auto const& line : lines_) {
        if (line.fits && !line.is_for(given))
            continue;
        auto const cost =
            line.fits ? 0 : WordDifference(line.words, given).cost();
        if (cost < least)
            nearest = &line;
        least = std::min(least, cost);
    }
    if (nearest == nullptr)
        return {};
    auto const text = "  nearest expectation: " + nearest->text();
    if (least > 0)
        return text + '\n' + WordDifference(nearest->words, given).text("    ");
    if (!nearest->holds_for(stage))
        return text + ", whose condition is not true\n";
    if (nearest->is_used_up())
        return text + ", which may be run " + times(nearest->most)
             + ", and was\n";
    return text + ", whose turn is not now\n";
}

std::string Script::all_lines() const
{
    std::string text =
        lines_.empty() ? "  nothing is expected\n" : "  all expectations:\n";
    for (auto const& line : lines_)
        text += "    " + line.text() + " (run " + times(line.used) + ")\n";
    return text;
}

void Script::took_input(std::size_t call, std::string const& input,
                        std::optional<std::string> const& expected,
                        Secrets const& secrets)
{
    std::lock_guard const lock(mutex_);
    auto& record = calls_[call];
    record.input = secrets.masked(input);
    if (!expected || input == *expected)
        return;
    auto message = "unexpected input of " + visible(record.command)
                 + "\n  expected: " + literal(secrets.masked(*expected))
                 + "\n  got:      " + literal(record.input) + '\n';
    problems_.push_back(message);
    throw UnexpectedCommand(message);
}

std::vector<ScriptedCall> Script::calls() const
{
    std::lock_guard const lock(mutex_);
    return calls_;
}

std::string Script::problems() const
{
    std::lock_guard const lock(mutex_);
    std::string all;
    for (auto const& problem : problems_)
        all += problem;
    for (auto const& line : lines_)
        if (line.used < line.least)
            all += "expected command that was run " + times(line.used)
                 + " and not " + times(line.least) + ": " + line.text() + '\n';
    return all;
}

} // namespace runnel::inline v0::detail
