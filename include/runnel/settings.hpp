// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What every expression is, and the settings that it may have: directory, variables,
// limits, ids, names.
//
//     cmd("make").cwd("src").env("LANG", "C").timeout(10min).named("build")
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/containment.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/plan.hpp>
#include <runnel/popen.hpp>
#include <runnel/pty.hpp>
#include <runnel/resource_limit.hpp>
#include <runnel/text_view.hpp>
#include <runnel/timeout.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {
class ExpressionAccess;
} // namespace detail

class Expression;

/// The expression as shell text: quoted words, pipes, redirections, lists,
/// variables and directories. bash runs this text to the same effect.
///
/// Exact for processes, files and text, in a plain bash: one without aliases,
/// functions or options of its own, as `bash -c` is. Parts that bash cannot do
/// become a comment at the end: `capture`, `process_group`, `preexec_fn`, and
/// in-process stages. So does a secret: `***` in the text is not the real word.
/// `first(3)` becomes `head -n 3`; any other in-process stage becomes `cat`, or
/// `:` if it reads nothing, and a comment.
///
/// - In a list (`&&`, `||`, `!`, `seq`), exit codes count as in docs/status.md:
///   accepted codes, SIGPIPE, and every stage of a pipeline. If the whole
///   expression is one command or one pipeline, the text ends with the exit code
///   of the last command. The text of `seq(e)` ends with the exit code of `e`.
/// - bash neither waits for `from`, `into` and the branches of a tee nor looks at
///   their exit status. It makes them ignore SIGINT and SIGQUIT.
/// - If its time limit ended a command, the exit code of the command is 124.
/// - If a pipeline has a file that cannot be opened, or a program that cannot be
///   started, bash still runs the other commands of the pipeline. It forgives a
///   command with `unchecked()` even if that cannot be started.
/// - bash looks for programs in empty and relative entries of PATH as well.
/// - bash changes PWD, OLDPWD, SHLVL, `_` and IFS in the environment.
/// - Settings use tools of coreutils and util-linux: `env`, `timeout`, `nice`,
///   `prlimit`, `setpriv` and others.
RUNNEL_EXPORT std::string to_string(Expression const& expression);

/// The base class of everything that can be run. An expression is an immutable
/// description: cheap to copy, safe to share between threads, to be run any
/// number of times. `cmd`, `sh` and the operators make expressions.
class RUNNEL_EXPORT Expression {
public:
    /// Prints the text of `to_string`.
    template <class Traits>
    friend std::basic_ostream<char, Traits>&
    operator<<(std::basic_ostream<char, Traits>& stream,
               Expression const& expression)
    {
        auto const line = to_string(expression);
        return stream.write(line.data(),
                            static_cast<std::ptrdiff_t>(line.size()));
    }

    template <std::same_as<bool> T RUNNEL_REFUSED_BECAUSE(
        "a description is neither true nor false: write if (run(e))")>
    RUNNEL_REFUSED_MEMBER(
        "a description is neither true nor false: write if (run(e))")
    explicit
    operator T() const RUNNEL_DELETED;

    template <std::same_as<std::string> T RUNNEL_REFUSED_BECAUSE(
        "a description is no text: write read(e) for the output, to_string(e) "
        "for the shell text")>
    RUNNEL_REFUSED_MEMBER("a description is no text: write read(e) for the "
                          "output, to_string(e) for the shell text")
    operator T() const RUNNEL_DELETED;

    RUNNEL_REFUSED(
        "a description has no elements: write for (auto line : e | lines)",
        std::string_view const*)
    begin() const RUNNEL_DELETED;

    RUNNEL_REFUSED(
        "a description has no elements: write for (auto line : e | lines)",
        std::string_view const*)
    end() const RUNNEL_DELETED;

protected:
    friend class detail::ExpressionAccess;

    explicit Expression(PlanNodePtr node) noexcept : node_(std::move(node)) {}
    ~Expression(); // in the library: programs destroy many temporary expressions
    Expression(Expression const&) = default;
    Expression& operator=(Expression const&) = default;

    PlanNodePtr node_;
};

namespace detail {

/// One setting. `apply` returns a tree in which the setting holds for every
/// command.
struct Setting {
    enum Kind : unsigned char {
        cwd,
        environment,
        accept,
        unchecked,
        timeout,
        idle_timeout,
        name,
        options,
    };
    Kind kind;
    Pathname path{};
    Environment environment_layer{};
    std::vector<int> codes{};
    Timeout limit{};
    std::string text{};
    PopenOptions popen_options{};
};

RUNNEL_EXPORT PlanNodePtr apply(PlanNodePtr const& node, Setting setting);

class ExpressionAccess {
public:
    static PlanNodePtr const& node(Expression const& expression)
    {
        return expression.node_;
    }

    template <class E>
    static E make(PlanNodePtr node)
    {
        return E(std::move(node));
    }
};

/// The settings that every expression has. Each returns a changed copy.
template <class Self>
class Settable : public Expression {
public:
    /// Runs the command in directory `path`. File names in redirections are not
    /// affected, because this process opens those files.
    Self cwd(Pathname const& path) const
    {
        return changed({.kind = Setting::cwd, .path = path});
    }

    /// Adds or replaces an environment variable. The value may be
    /// `secret(text)`, or an integer.
    Self env(detail::TextView name, detail::ValueView value) const
    {
        return layered(Environment().set(name, value));
    }

    // Without this, a zero would be taken for a null pointer.
    template <number_like T>
    Self env(detail::TextView name, T value) const
    {
        return layered(Environment().set(name, value));
    }

    RUNNEL_REFUSED("env takes a name and a text: write .env(\"A\", \"1\")",
                   Self)
    env(...) const RUNNEL_DELETED;

    RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text", Self)
    env(detail::TextView name, std::nullptr_t) const RUNNEL_DELETED;
    RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text", Self)
    env(std::nullptr_t, detail::ValueView value) const RUNNEL_DELETED;

    /// Applies all changes of `layer` to the environment.
    Self env(Environment const& layer) const { return layered(layer); }

    /// Removes an environment variable.
    Self unset(detail::TextView name) const
    {
        return layered(Environment().unset(name));
    }
    RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text", Self)
    unset(std::nullptr_t) const RUNNEL_DELETED;

    /// Adds `entry` at the front, or at the back, of a list such as PATH. The
    /// program is looked up in the PATH that the command gets.
    Self prepend_path(Pathname const& entry,
                      detail::TextView name = "PATH") const
    {
        return layered(Environment().prepend_path(entry, name));
    }
    Self append_path(Pathname const& entry,
                     detail::TextView name = "PATH") const
    {
        return layered(Environment().append_path(entry, name));
    }

    /// Inherits nothing from this process's environment.
    Self clean_env() const { return layered(Environment::empty()); }

    /// The exit codes that count as success. Default: only 0. A code outside of 0
    /// to 255 is `std::invalid_argument`. If 0 is not among the codes, a command
    /// that ends with 0 has failed, and its returncode is 1.
    Self accept(std::vector<int> const& codes) const
    {
        return changed({.kind = Setting::accept, .codes = codes});
    }

    template <std::same_as<int>... Codes>
        requires(sizeof...(Codes) > 0)
    Self accept(Codes... codes) const
    {
        return accept(std::vector<int>{codes...});
    }

    RUNNEL_REFUSED("a name belongs to one command: write a | b.named(\"b\")",
                   Self)
    named(Anything) const RUNNEL_DELETED;

    /// The command counts as successful, however it ends.
    Self unchecked() const { return changed({.kind = Setting::unchecked}); }

    /// Limits how long a command may run: a duration, counted from its own
    /// start, or a point in time. When the limit passes, the command is ended as
    /// `RunOptions::teardown` says (by default SIGTERM, then SIGKILL after a
    /// grace) and counts as failed, even if it then exits with 0.
    Self timeout(Timeout limit) const
    {
        return changed({.kind = Setting::timeout, .limit = limit});
    }

    /// Limits how long no byte may move through the streams of a command that pass
    /// through this process; see `RunOptions::idle_timeout`. When the limit passes,
    /// the command is ended as by `timeout`. `StageResult::silent_since` then says
    /// when the last byte moved. A command that gets it, also from a whole around
    /// it, and of which no stream passes through this process, is
    /// `std::invalid_argument`.
    Self idle_timeout(Timeout limit) const
    {
        return changed({.kind = Setting::idle_timeout, .limit = limit});
    }

    /// Limits a resource, in addition to resources limited before; see
    /// `ResourceLimit`.
    Self limit(Resource resource, std::uint64_t soft,
               std::optional<std::uint64_t> hard = {}) const
    {
        return with({.limits = {{resource, soft, hard}}});
    }

    /// Adds `number` to the nice value of the command.
    Self nice(int number) const { return with({.nice = number}); }

    /// The processors that the command may run on, counted from 0.
    Self cpus(std::vector<int> const& numbers) const
    {
        return with({.cpus = numbers});
    }

    /// Runs the command only on processors that nothing else wants.
    Self idle() const { return with({.scheduling_idle = true}); }

    /// Runs the command, or all commands of a whole, on a pseudo-terminal: those
    /// of stdin, stdout and stderr that are not redirected, and would be those
    /// of this process or are read by the verb, lead to it.
    ///
    /// `read`, `lines` and `capture_output` get what the terminal shows; with
    /// `start` it is `Job::out()`, and `Job::in()` types. `RunOptions::input` is
    /// typed, too, and then end of file; without it, only end of file. If
    /// nobody reads the terminal, the verb throws `std::invalid_argument`.
    ///
    /// Of the commands of a pipeline, the last one on the terminal leads its
    /// session: the terminal is its controlling one, and Ctrl-C reaches it. To
    /// the others, it is just the file behind their streams.
    Self pty(Pty const& terminal = {}) const { return with({.pty = terminal}); }

    /// Keeps the command from gaining privileges, as by set-user-id programs.
    Self no_new_privileges() const { return with({.no_new_privileges = true}); }

    /// The command gets `signal`, by default SIGKILL, when this process ends;
    /// see `PopenOptions::die_with_parent`.
    Self die_with_parent(int signal = 9) const
    {
        return with({.die_with_parent = signal});
    }

    /// What is ended with the command, and gets its signals; see containment.hpp.
    Self contained(Containment containment) const
    {
        return with({.containment = containment});
    }

    /// Gives the command the foreground of the terminal while it runs; see
    /// `PopenOptions::foreground`. Two commands that start together cannot both
    /// have it.
    Self foreground() const { return with({.foreground = true}); }

    /// The signals that the command ignores, in addition to those that this
    /// process ignores.
    Self ignore_signals(std::vector<int> const& signals) const
    {
        return with({.ignored_signals = signals});
    }

    /// The signals that the command blocks.
    Self block_signals(std::vector<int> const& signals) const
    {
        return with({.signal_mask = signals});
    }

    /// Sets any other option of a child process. Fields at their defaults
    /// change nothing. A wrong value is `std::invalid_argument`.
    ///
    /// - On a command: streams set here are redirections. Fields that only
    ///   `Popen` has are refused: `bufsize`, text mode, `on_destroy`,
    ///   `teardown`.
    /// - On an expression of several commands: options that a child process
    ///   applies to itself, such as `cwd`, `env` or `signal_mask`, hold for
    ///   each command that does not set them itself. Other fields are refused.
    Self with(PopenOptions const& options) const
    {
        return changed({.kind = Setting::options, .popen_options = options});
    }

protected:
    using Expression::Expression;

    Self changed(Setting setting) const
    {
        return ExpressionAccess::make<Self>(apply(node_, std::move(setting)));
    }

private:
    Self layered(Environment const& layer) const
    {
        return changed(
            {.kind = Setting::environment, .environment_layer = layer});
    }
};

} // namespace detail

} // namespace runnel::inline v0
