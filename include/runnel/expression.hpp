// Commands and pipelines as values: they describe, and start nothing.
//
//     auto const count = cmd("grep", "-c", "hda").accept({0, 1});
//     auto const both = cmd("dmesg") | count;     // operators.hpp
//     run(both);                                  // run.hpp
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/popen.hpp>
#include <runnel/sink.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {
struct Node;
using NodePtr = std::shared_ptr<Node const>;
class ExpressionAccess;
} // namespace detail

class Expression;

/// As shell text: words quoted, pipes and redirections as written. Settings such
/// as `cwd` are not shown, and `text` shows in the form that bash knows.
RUNNEL_EXPORT std::string to_string(Expression const& expression);

/// The common base of everything that can be run: an immutable description,
/// cheap to copy, safe to share between threads, to be run any number of
/// times. Not made directly: `cmd`, `sh` and the operators make them.
class RUNNEL_EXPORT Expression {
public:
    /// Prints it as `to_string` gives it.
    template <class Traits>
    friend std::basic_ostream<char, Traits>&
    operator<<(std::basic_ostream<char, Traits>& stream,
               Expression const& expression)
    {
        auto const line = to_string(expression);
        return stream.write(line.data(),
                            static_cast<std::ptrdiff_t>(line.size()));
    }

protected:
    friend class detail::ExpressionAccess;

    explicit Expression(detail::NodePtr node) noexcept : node_(std::move(node))
    {
    }
    ~Expression() = default;
    Expression(Expression const&) = default;
    Expression& operator=(Expression const&) = default;

    detail::NodePtr node_;
};

/// Which streams of an expression are still to be connected.
struct Ends {
    bool in = true;
    bool out = true;

    bool operator==(Ends const&) const = default;
};

/// What an operator gives: an expression whose type knows its open ends, so
/// that connecting one twice does not compile.
template <Ends Open>
class [[nodiscard]] Connected : public Expression {
    friend class detail::ExpressionAccess;
    using Expression::Expression;
};

/// Any expression, its ends known at run time only: for pipelines that are
/// built in loops. Connecting an end twice is `std::invalid_argument`.
class [[nodiscard]] Pipeline : public Expression {
public:
    /// From any expression. Implicit: a `Pipeline` is meant to be assigned to.
    template <std::derived_from<Expression> E>
    Pipeline(E const& expression) : Expression(expression)
    {
    }

private:
    friend class detail::ExpressionAccess;
    using Expression::Expression;
};

/// One command. The settings return a changed copy; they are written behind
/// the command that they are about.
class [[nodiscard]] RUNNEL_EXPORT Command : public Expression {
public:
    /// Runs it in directory `path`.
    Command cwd(Pathname const& path) const;

    /// Adds or replaces a variable of its environment.
    Command env(std::string_view name, std::string_view value) const;

    /// Removes a variable of its environment.
    Command unset(std::string_view name) const;

    /// Takes nothing over from this process's environment.
    Command clean_env() const;

    /// The exit codes that are no failure; 0 if never called.
    Command accept(std::vector<int> codes) const;

    /// Makes every end of it count as success.
    Command unchecked() const;

    /// Every other setting of the child. Its streams are left alone if the
    /// pipeline connects them.
    Command with(PopenOptions options) const;

private:
    friend class detail::ExpressionAccess;
    using Expression::Expression;
};

namespace detail {

class ExpressionAccess {
public:
    static NodePtr const& node(Expression const& expression)
    {
        return expression.node_;
    }

    template <class E>
    static E make(NodePtr node)
    {
        return E(std::move(node));
    }
};

template <class E>
inline constexpr bool is_connected = false;
template <Ends Open>
inline constexpr bool is_connected<Connected<Open>> = true;

/// A type of ours that can be run.
template <class E>
concept expression =
    std::same_as<E, Command> || std::same_as<E, Pipeline> || is_connected<E>;

/// The open ends as far as the type tells; a `Pipeline` is checked later.
template <class E>
inline constexpr Ends ends_of{};
template <Ends Open>
inline constexpr Ends ends_of<Connected<Open>> = Open;

RUNNEL_EXPORT NodePtr command(std::vector<std::string> args, bool shell);
RUNNEL_EXPORT NodePtr pipe(NodePtr left, NodePtr right);
RUNNEL_EXPORT NodePtr redirect(NodePtr inner, int fd, Target target);

/// Adds one word, or those of a range.
template <class T>
void add_words(std::vector<std::string>& words, T&& from)
{
    if constexpr (word_range<std::remove_cvref_t<T>>)
        for (auto&& word : from)
            words.push_back(Word(std::forward<decltype(word)>(word)).str());
    else
        words.push_back(Word(std::forward<T>(from)).str());
}

template <class T>
concept words_like =
    std::constructible_from<Word, T> || word_range<std::remove_cvref_t<T>>;

} // namespace detail

/// A command: a program and its arguments, one word each. A range of strings
/// gives as many words as it has elements.
template <class Program, detail::words_like... Words>
    requires detail::text_like<Program> || detail::path_like<Program>
Command cmd(Program const& program, Words&&... words)
{
    std::vector<std::string> args{std::string(detail::text_of(program))};
    (detail::add_words(args, std::forward<Words>(words)), ...);
    return detail::ExpressionAccess::make<Command>(
        detail::command(std::move(args), false));
}

/// A script for `/bin/sh -c`; further words are its `$0`, `$1`, ... The only
/// way to a shell: text put into the script is run as code.
template <detail::words_like... Words>
Command sh(std::string_view script, Words&&... words)
{
    std::vector<std::string> args{std::string(script)};
    (detail::add_words(args, std::forward<Words>(words)), ...);
    return detail::ExpressionAccess::make<Command>(
        detail::command(std::move(args), true));
}

} // namespace runnel::inline v0
