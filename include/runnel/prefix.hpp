// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Commands that run commands: nice, env, sudo, ssh.
//
//     auto const nicely = prefix({"nice", "-n", "5"});
//     run(nicely(cmd("make") | cmd("tee", "log")));
//     auto const there = prefix({"ssh", "host"}, Quoting::shell_text);
//     run(there(cmd("du", "-s", dir) | cmd("sort", "-n")) > capture);
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/expression.hpp>
#include <runnel/operators.hpp>
#include <runnel/word.hpp>

#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// How a prefix passes a command on.
enum class Quoting : unsigned char {
    words, ///< as further arguments: nice, env, sudo, timeout, xargs
    shell_text, ///< as one argument that a shell parses: ssh, su -c
};

/// The result of `prefix`.
class RUNNEL_EXPORT Prefix {
public:
    Prefix(std::vector<Word> words, Quoting quoting);

    /// The expression with the prefix.
    ///
    /// With `Quoting::words`, each command gets the words in front, also those
    /// inside of `from`, `into` and `tee`. Pipes, redirections, settings and
    /// in-process stages stay as they are.
    ///
    /// With `Quoting::shell_text`, the whole expression becomes one command,
    /// whose last word is `to_string(expression)`. The shell on the other side
    /// makes the pipes, redirections and settings in this text. It also judges:
    /// without its `pipefail`, only the last stage of a pipeline counts, except
    /// in lists. `from`, `into`, text, branches of a tee, and pipelines in lists
    /// need bash there. Prefixes may be nested; each level is quoted once more.
    /// If the text cannot say it all, as with `capture` or C++ code inside, throws
    /// `std::invalid_argument`: put such parts outside of the prefix. What is
    /// connected inside of the text is connected on the other side: the streams
    /// of the command itself are free.
    ///
    /// The result of an expression with a connected stream is a `Pipeline`,
    /// because only the run-time quoting tells which of its streams are free.
    template <detail::expression E>
    auto operator()(E const& expression) const
    {
        using Access = detail::ExpressionAccess;
        if constexpr (std::same_as<E, Command> || std::same_as<E, Pipeline>)
            return Access::make<E>(apply(Access::node(expression)));
        else if constexpr (detail::ends_of<E> != Ends())
            return Access::make<Pipeline>(apply(Access::node(expression)));
        else
            return Access::make<
                typename detail::Reopened<E, detail::ends_of<E>>::type>(
                apply(Access::node(expression)));
    }

private:
    PlanNodePtr apply(PlanNodePtr const& node) const;

    std::vector<Word> words_;
    Quoting quoting_;
};

/// Makes a prefix of a program and its arguments.
inline Prefix prefix(std::initializer_list<Word> words,
                     Quoting quoting = Quoting::words)
{
    return Prefix(std::vector<Word>(words), quoting);
}

/// The same from a range that begins with the program, such as the result of
/// `split`. An empty range is `std::invalid_argument`.
template <detail::lasting_words R>
Prefix prefix(R&& words, Quoting quoting = Quoting::words)
{
    return Prefix(detail::words_of(std::forward<R>(words)), quoting);
}

} // namespace runnel::inline v0
