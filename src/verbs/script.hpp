// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a `Scripted` expects, and what has come.
#pragma once

#include "verbs/word_difference.hpp"

#include <runnel/scripted.hpp>

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0::detail {

/// How a command is answered.
struct ScriptAnswer {
    std::string out{};
    std::string err{};
    ExitStatus status = ExitStatus::of_code(0);
    std::optional<Timeout> time{};
    bool reads = true;
    std::optional<std::string> input{}; ///< that is expected
    std::optional<std::errc> refusal{};
    bool is_real = false;
    detail::Function<ExitStatus(Role&)> act{}; ///< in place of most of these
};

/// One expectation.
struct ScriptLine {
    std::vector<WordPattern> words{};
    detail::Function<bool(std::span<std::string const>)>
        fits{}; ///< in their place
    detail::Function<bool(PlannedStage const&)> condition{};
    ScriptAnswer answer{};
    std::size_t least = 1;
    std::size_t most = static_cast<std::size_t>(-1);
    std::size_t used = 0;

    bool is_for(GivenWords const& given) const;
    bool holds_for(PlannedStage const& stage) const
    {
        return !condition || condition(stage);
    }
    bool is_used_up() const noexcept { return used >= most; }
    std::string text() const;
};

/// Thread safe.
class Script {
public:
    ScriptLine& add(ScriptLine line);

    /// `change(line)` while nothing else uses the script.
    void change(auto&& change)
    {
        std::lock_guard const lock(mutex_);
        change();
    }
    void keep_order();

    /// The answer for a command that begins now, or nothing if there is none.
    struct Begun {
        std::size_t call;
        std::optional<ScriptAnswer> answer;
    };
    Begun begin(PlannedStage const& stage);

    /// Throws `UnexpectedCommand`, and remembers that.
    [[noreturn]] void refuse(PlannedStage const& stage);

    /// What a call has read. Throws `UnexpectedCommand` if it is not `expected`.
    /// `secrets`: are masked where the input is shown.
    void took_input(std::size_t call, std::string const& input,
                    std::optional<std::string> const& expected,
                    Secrets const& secrets);

    std::vector<ScriptedCall> calls() const;
    std::string problems() const;

private:
    ScriptLine* find(PlannedStage const& stage, GivenWords const& given);
    ScriptLine* find_next(PlannedStage const& stage, GivenWords const& given);
    std::string nearest_to(PlannedStage const& stage,
                           GivenWords const& given) const;
    std::string all_lines() const;

    mutable std::mutex mutex_;
    std::list<ScriptLine> lines_; ///< handles refer to them
    std::list<ScriptLine>::iterator next_ = lines_.end(); ///< if in order
    bool is_in_order_ = false;
    std::vector<ScriptedCall> calls_;
    std::vector<std::string> problems_;
};

} // namespace runnel::inline v0::detail
