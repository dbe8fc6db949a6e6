// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A fake for tests: commands get scripted answers, and no program is run.
//
//     Scripted git;
//     git.on("git", "rev-parse", "HEAD").out("4f2a\n");
//     git.on("git", "push", any_words).err("denied\n").exits(1);
//     UseExecutor const scope(git);
//     my_tool();                          // calls run, read, lines, start, ...
//     CHECK(git.problems() == "");        // or git.verify(), which throws
//
// Everything around a faked command is real: pipes, files, captures, tees, lists,
// C++ stages, ranges, time limits. See docs/testing.md. Not a part of runnel.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/function.hpp>
#include <runnel/executor.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/stand_in.hpp>
#include <runnel/text_view.hpp>
#include <runnel/timeout.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Code under test has run a command that a fake has no answer for, or has given it
/// other input than expected, or has not run what was expected. A mistake of the
/// program, or of its test: no `SubprocessError`, so that code under test which handles
/// those does not hide it.
class RUNNEL_EXPORT UnexpectedCommand : public std::logic_error {
public:
    using std::logic_error::logic_error;
    UnexpectedCommand(UnexpectedCommand const&) = default;
    ~UnexpectedCommand() override;
};

/// Fits any one word of a command.
struct AnyWord {};
inline constexpr AnyWord any_word;

/// Fits any number of words, also none.
struct AnyWords {};
inline constexpr AnyWords any_words;

namespace detail {

class Script;
struct ScriptLine;

/// One word of an expectation.
class RUNNEL_EXPORT WordPattern {
public:
    template <class T>
        requires std::constructible_from<Word, T const&>
    WordPattern(T const& word) : WordPattern(Word(word))
    {
    }
    WordPattern(Word word);
    WordPattern(AnyWord) noexcept : kind_(Kind::any_word) {}
    WordPattern(AnyWords) noexcept : kind_(Kind::any_words) {}

    /// A predicate.
    template <std::predicate<std::string_view> F>
        requires(!std::constructible_from<Word, F const&>)
    WordPattern(F predicate)
        : kind_(Kind::predicate), holds_(std::move(predicate))
    {
    }

    bool is_many() const noexcept { return kind_ == Kind::any_words; }

    /// `word`: its real text.
    bool matches(std::string_view word) const;

    /// For messages; secrets are masked.
    std::string text() const;

private:
    enum class Kind : unsigned char { word, any_word, any_words, predicate };

    Kind kind_ = Kind::word;
    Word word_{""};
    detail::Function<bool(std::string_view)> holds_;
};

/// A copy of what a fake has seen. Functions that give one element give a copy of it if
/// the snapshot is a temporary: `auto const& first = fake.calls()[0]` does not dangle.
template <class T>
class Snapshot {
public:
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using const_reference = T const&;
    using reference = const_reference;
    using const_iterator = typename std::vector<T>::const_iterator;
    using iterator = const_iterator;

    explicit Snapshot(std::vector<T> all) : all_(std::move(all)) {}

    const_iterator begin() const noexcept { return all_.begin(); }
    const_iterator end() const noexcept { return all_.end(); }
    std::size_t size() const noexcept { return all_.size(); }
    bool empty() const noexcept { return all_.empty(); }

    /// These throw `std::out_of_range` if there is no such element.
    T const& operator[](std::size_t i) const& { return all_.at(i); }
    T operator[](std::size_t i) && { return std::move(all_.at(i)); }
    T const& front() const& { return all_.at(0); }
    T front() && { return std::move(all_.at(0)); }
    T const& back() const& { return all_.at(all_.size() - 1); }
    T back() && { return std::move(all_.at(all_.size() - 1)); }

    operator std::vector<T>() const& { return all_; }
    operator std::vector<T>() && { return std::move(all_); }

    friend bool operator==(Snapshot const& a, std::vector<T> const& b)
    {
        return a.all_ == b;
    }

private:
    std::vector<T> all_;
};

template <class F>
concept acts = std::invocable<F&, Role&>;

template <class F>
detail::Function<ExitStatus(Role&)> act_of(F f)
{
    using Result = std::invoke_result_t<F&, Role&>;
    return [f = std::move(f)](Role& role) mutable {
        if constexpr (std::same_as<Result, ExitStatus>)
            return f(role);
        else if constexpr (std::is_void_v<Result>) {
            f(role);
            return ExitStatus::of_code(0);
        } else
            return ExitStatus::of_code(f(role));
    };
}

} // namespace detail

/// What a `Scripted` expects, and how it answers. A handle; valid as long as the
/// `Scripted`. To be completed before the command is run.
///
/// Without further calls: the command may be run any number of times, at least
/// once; it writes nothing, reads its stdin to the end if the expression connects
/// that, and exits with 0.
class RUNNEL_EXPORT Expectation {
public:
    // --- the answer --------------------------------------------------------------

    /// Adds text that the command writes to stdout or stderr. It writes all of
    /// stdout before stderr, and then reads stdin.
    Expectation& out(detail::TextView text);
    Expectation& err(detail::TextView text);

    /// How the command ends. A code outside of 0 to 255, or a number that no signal
    /// has, is `std::invalid_argument`.
    Expectation& exits(int code);
    Expectation& dies_of(int signal);

    /// The program cannot be started: `SpawnError`. By default it is not found.
    Expectation&
    cannot_start(std::errc why = std::errc::no_such_file_or_directory);

    /// The command ends only after that time, or when a signal or a time limit ends
    /// it.
    Expectation& takes(Timeout time);
    Expectation& hangs() { return takes({}); }

    /// The command closes its stdin unread, as `true` does. To be written if what
    /// feeds it never ends.
    Expectation& reads_nothing();

    /// `f(role)` is the command: a function that returns an exit code, an
    /// `ExitStatus`, or nothing, which is 0. The calls above, except `takes`, have
    /// no effect then. It runs on a thread of its own; see `StandIn::Part`.
    template <detail::acts F>
    Expectation& runs(F f)
    {
        return acts(detail::act_of(std::move(f)));
    }

    /// The command is not faked: its own program is run.
    Expectation& is_real();

    // --- the expectation ---------------------------------------------------------

    /// All of stdin must be this text. If it is not, the verb throws
    /// `UnexpectedCommand`.
    Expectation& input(detail::TextView text);

    /// A further condition: on directory, environment or other options.
    template <std::predicate<PlannedStage const&> F>
    Expectation& where(F condition)
    {
        return only_where(std::move(condition));
    }

    /// How often the command must be run. If it has been run as often as it may,
    /// later expectations for the same words are looked at.
    Expectation& times(std::size_t count) { return times(count, count); }
    Expectation& times(std::size_t least, std::size_t most);
    Expectation& once() { return times(1); }
    /// Any number of times, also none.
    Expectation& maybe();

private:
    friend class Scripted;
    explicit Expectation(std::shared_ptr<detail::Script> script,
                         detail::ScriptLine& line) noexcept
        : script_(std::move(script)), line_(&line)
    {
    }

    Expectation& acts(detail::Function<ExitStatus(Role&)> act);
    Expectation&
    only_where(detail::Function<bool(PlannedStage const&)> condition);

    std::shared_ptr<detail::Script> script_;
    detail::ScriptLine* line_;
};

/// A command that was run.
struct ScriptedCall {
    std::vector<std::string> args{}; ///< argv, program first; secrets masked
    std::string command{}; ///< as shell text
    std::string cwd{}; ///< empty: that of this process
    std::string input{}; ///< what the answer has read of stdin; not by `runs`
};

/// Answers commands by their words, for every verb. Commands without an answer are
/// not run: the verb throws `UnexpectedCommand`, whose message shows the difference
/// to the nearest expectation. Thread safe.
class RUNNEL_EXPORT Scripted final : public Executor {
public:
    Scripted();
    Scripted(Scripted const&) = delete;
    Scripted& operator=(Scripted const&) = delete;
    ~Scripted() override;

    /// Expects a command of these words: text, numbers, paths, `any_word`,
    /// `any_words`, functions that take a `std::string_view` and say whether it
    /// fits. The first word is the program as it is written in the command. Of a
    /// script (`sh`) the words are `/bin/sh`, `-c` and the script.
    ///
    /// If several expectations fit, the first counts that is not used up.
    template <class... Rest>
        requires(std::constructible_from<detail::WordPattern, Rest const&>
                 && ...)
    Expectation on(detail::WordPattern program, Rest const&... words)
    {
        return expect({std::move(program), detail::WordPattern(words)...});
    }

    /// Expects a command of whose argv, program first, `condition` is true.
    template <std::predicate<std::span<std::string const>> F>
    Expectation on(F condition)
    {
        return expect_if(std::move(condition));
    }

    /// Commands must be run in the order of the expectations: each one is used as
    /// often as it must be before the next, and not after that one.
    void in_order();

    /// Commands without an answer are run by `executor`. That must pass programs on
    /// to `local_executor()`, as that itself does, and `Recording`.
    void otherwise(Executor& executor);

    /// A copy of all commands that were run, in the order of their start; unexpected
    /// ones, too. A range with `size`, `[i]`, `front` and `back`.
    detail::Snapshot<ScriptedCall> calls() const;

    /// The same as shell text.
    detail::Snapshot<std::string> commands() const;

    /// What went otherwise than expected, so far: unexpected commands, also those
    /// whose exception the code under test has caught, wrong input, and commands
    /// that were run too rarely. Empty if there is nothing.
    std::string problems() const;

    /// Throws `UnexpectedCommand` if there are problems.
    void verify() const;

    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override;

private:
    Expectation expect(std::vector<detail::WordPattern> words);
    Expectation
    expect_if(detail::Function<bool(std::span<std::string const>)> condition);

    std::shared_ptr<detail::Script> script_;
    Executor* inner_;
};

} // namespace runnel::inline v0
