// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/shell_command.hpp"

#include "child/settings.hpp"
#include "plan/plan_text.hpp"
#include "text/decimal.hpp"
#include "text/quote.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace runnel::inline v0 {

namespace {

using Edit = Environment::Edit;
using Change = Environment::Change;

template <std::size_t Size>
bool contains(std::array<std::string_view, Size> const& words,
              std::string_view word)
{
    return std::ranges::find(words, word) != words.end();
}

bool is_reserved(std::string_view word)
{
    constexpr auto words = std::to_array<std::string_view>(
        {"case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for",
         "function", "if", "in", "select", "then", "time", "until", "while"});
    return contains(words, word);
}

// bash runs a builtin in place of a program of the same name. Most builtins act
// differently from that program, or no such program exists. The others differ in
// options, in messages, or in what SIGPIPE ends: a builtin runs in the shell, so
// the rest of a list ends with it.
bool is_builtin(std::string_view word)
{
    constexpr auto words = std::to_array<std::string_view>(
        {".",         ":",        "[",        "alias",   "bg",      "bind",
         "break",     "builtin",  "caller",   "cd",      "command", "compgen",
         "complete",  "compopt",  "continue", "declare", "dirs",    "disown",
         "echo",      "enable",   "eval",     "exec",    "exit",    "export",
         "false",     "fc",       "fg",       "getopts", "hash",    "help",
         "history",   "jobs",     "kill",     "let",     "local",   "logout",
         "mapfile",   "popd",     "printf",   "pushd",   "pwd",     "read",
         "readarray", "readonly", "return",   "set",     "shift",   "shopt",
         "source",    "suspend",  "test",     "times",   "trap",    "true",
         "type",      "typeset",  "ulimit",   "umask",   "unalias", "unset",
         "wait"});
    return contains(words, word);
}

/// Without arguments, `true` and `false` cannot differ from the programs.
bool must_be_external(std::vector<std::string> const& args)
{
    auto const& program = args.front();
    bool const is_plain = program == "true" || program == "false";
    return is_builtin(program) && !(is_plain && args.size() == 1);
}

std::string first_word(std::string const& word)
{
    // `bash -c` would take a text that begins with `-` or `+` for an option.
    bool const special = word.empty() || is_reserved(word)
                      || word.find('=') != word.npos || word.front() == '-'
                      || word.front() == '+';
    return special ? quote_always(word) : quote(word);
}

/// The words of a command, and each of them as shell text.
struct Words {
    std::vector<std::string> args;
    std::vector<std::string> texts;

    void push_back(std::string const& arg)
    {
        args.push_back(arg);
        texts.push_back(quote(arg));
    }
};

/// The words from `first` on, each after a blank.
std::string arguments(Words const& words, std::size_t first = 0)
{
    std::string line;
    for (auto i = first; i < words.texts.size(); ++i)
        line += ' ' + words.texts[i];
    return line;
}

std::string join(Words const& words)
{
    return first_word(words.args.front()) + arguments(words, 1);
}

// --- variables ---------------------------------------------------------------------

bool is_identifier(std::string_view name)
{
    auto const fits = [](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9');
    };
    return !name.empty() && std::ranges::all_of(name, fits)
        && !(name.front() >= '0' && name.front() <= '9');
}

/// True for variables that bash gives a value of its own.
bool is_set_by_bash(std::string_view name)
{
    constexpr auto names = std::to_array<std::string_view>({"_",
                                                            "COLUMNS",
                                                            "COMP_WORDBREAKS",
                                                            "DIRSTACK",
                                                            "EPOCHREALTIME",
                                                            "EPOCHSECONDS",
                                                            "EUID",
                                                            "FUNCNAME",
                                                            "GROUPS",
                                                            "HISTCMD",
                                                            "HOSTNAME",
                                                            "HOSTTYPE",
                                                            "IFS",
                                                            "LINENO",
                                                            "LINES",
                                                            "MACHTYPE",
                                                            "OLDPWD",
                                                            "OPTARG",
                                                            "OPTERR",
                                                            "OPTIND",
                                                            "OSTYPE",
                                                            "PIPESTATUS",
                                                            "PPID",
                                                            "PS1",
                                                            "PS2",
                                                            "PS4",
                                                            "PWD",
                                                            "RANDOM",
                                                            "SECONDS",
                                                            "SHELL",
                                                            "SHELLOPTS",
                                                            "SHLVL",
                                                            "SRANDOM",
                                                            "TERM",
                                                            "UID"});
    return name.starts_with("BASH") || contains(names, name);
}

/// True if `$NAME` is what this process has in its environment.
bool can_be_expanded(std::string_view name)
{
    return is_identifier(name) && !is_set_by_bash(name);
}

/// The value of a variable: text around the value that bash inherits, or text
/// alone.
struct Value {
    std::string name;
    bool inherits = true;
    bool is_set = true;
    std::string before;
    std::string after;

    std::string& text() { return before; }
};

void apply(Value& value, Edit const& edit)
{
    auto const join = [](std::string const& left, std::string const& right) {
        return left.empty() ? right : right.empty() ? left : left + ':' + right;
    };
    switch (edit.change) {
    case Change::set:
    case Change::unset:
        value = {edit.name, false, edit.change == Change::set, edit.value, {}};
        return;
    case Change::prepend: value.before = join(edit.value, value.before); break;
    case Change::append: {
        auto& end = value.inherits ? value.after : value.before;
        end = join(end, edit.value);
        break;
    }
    }
    value.is_set = true;
}

std::vector<Value> values_of(Environment const& environment)
{
    std::vector<Value> values;
    for (auto const& edit : environment.edits()) {
        auto at = std::ranges::find(values, edit.name, &Value::name);
        if (at == values.end())
            at = values.insert(
                at, {edit.name, !environment.is_clean(), true, {}, {}});
        apply(*at, edit);
    }
    return values;
}

std::string value_text(Value const& value)
{
    auto const& [name, inherits, is_set, before, after] = value;
    if (!is_set)
        return "-u " + quote(name);
    auto text = quote(name) + '=';
    if (!inherits)
        return text + (before.empty() ? "" : quote(before));
    if (!can_be_expanded(name))
        return text
             + quote(before + (before.empty() || after.empty() ? "" : ":")
                     + after);
    auto const list = '$' + name;
    if (before.empty())
        return text + "\"${" + name + ":+" + list + ":}\"" + quote(after);
    text += quote(before) + "\"${" + name + ":+:" + list + "}\"";
    return after.empty() ? text : text + ':' + quote(after);
}

std::string env_words(Environment const& environment)
{
    std::string unset;
    std::string set;
    bool is_like_option = false;
    for (auto const& value : values_of(environment)) {
        if (value.is_set || !environment.is_clean())
            (value.is_set ? set : unset) += value_text(value) + ' ';
        is_like_option |= value.is_set && value.name.starts_with('-');
    }
    // Options come before assignments, as env(1) wants them.
    return (environment.is_clean() ? "env -i " : "env ") + unset
         + (is_like_option ? "-- " : "") + set;
}

bool changes_path(Environment const& environment)
{
    return environment.is_clean()
        || std::ranges::find(environment.edits(), "PATH", &Edit::name)
               != environment.edits().end();
}

// --- the command -------------------------------------------------------------------

Words words_of(PlannedStage const& stage, std::span<TextWord const> text_words)
{
    Words words;
    for (auto const& arg : stage.argv())
        words.push_back(arg);
    auto const shift = words.args.size() - stage.args.size();
    for (auto const& [word, text] : text_words)
        words.texts[shift + word] = text;
    return words;
}

/// 0 is for ever to timeout(1), so the shortest time stands for it.
std::string seconds(Timeout timeout)
{
    return decimal(std::max<std::int64_t>(timeout.limit().count(), 1), 9);
}

/// bash, to run other words in. Behind changed variables it is found even if PATH
/// is another one, and runs no file that BASH_ENV names (`-p`).
std::string inner_bash(PlannedStage const& stage)
{
    auto const& env = stage.options.env;
    return std::string(changes_path(env) ? "\"$BASH\"" : "bash")
         + (env.is_inherited() ? " -c " : " -pc ");
}

/// For exec, a program that begins with `-` is no option.
std::string exec_of(std::string_view program)
{
    return program.starts_with('-') ? "exec -- " : "exec ";
}

/// True if other words would take it for a variable or an option.
bool is_odd(std::string_view program)
{
    return program.find('=') != program.npos || program.starts_with('-');
}

/// True for a program that runs under another name.
bool has_name(PlannedStage const& stage)
{
    return stage.options.executable.has_value() && !stage.options.shell;
}

std::string words_before(PlannedStage const& stage)
{
    auto const settings = shell_settings(stage.options);
    std::string words;
    // In the foreground, it ends the command alone, as runnel does.
    if (!stage.timeout.is_forever() && !stage.timeout.is_point())
        words = "timeout --foreground -k 2 " + seconds(stage.timeout) + ' ';
    words += settings.words;
    if (!stage.options.env.is_inherited())
        words += env_words(stage.options.env);
    return words;
}

/// The words after other words, such as those of env(1), which would take
/// NAME=value for a variable.
std::string behind(std::string const& before, PlannedStage const& stage,
                   Words const& words)
{
    auto const& program = words.args.front();
    auto const by = inner_bash(stage)
                  + quote_always(exec_of(program) + "\"$@\"") + " bash ";
    return before + (is_odd(program) ? by : "") + arguments(words).substr(1);
}

/// `is_behind_exec`: the text follows `exec`, which runs no builtin.
std::string with_words(PlannedStage const& stage, Words const& words,
                       bool is_behind_exec)
{
    auto before = words_before(stage);
    if (before.empty() && !is_behind_exec && must_be_external(words.args))
        before = "env ";
    return before.empty() ? join(words) : behind(before, stage, words);
}

/// A program that runs under another name. `is_behind_exec`: the text follows
/// `exec`, which can set the name.
std::string renamed(PlannedStage const& stage, Words const& words,
                    bool is_behind_exec)
{
    auto const before = words_before(stage);
    auto const& program = stage.options.executable.str();
    std::string const end = program.starts_with('-') ? "-- " : "";
    auto const by = is_behind_exec && before.empty()
                      ? "-a " + quote_always(words.args.front()) + ' ' + end
                      : before + inner_bash(stage)
                            + quote_always("exec -a \"$0\" " + end + "\"$@\"")
                            + ' ' + quote_always(words.args.front()) + ' ';
    return by + quote(program) + arguments(words, 1);
}

/// What the words are before which `exec` stands.
std::string first_of(PlannedStage const& stage, Words const& words)
{
    return words_before(stage).empty() ? words.args.front() : "env";
}

} // namespace

std::string shell_command(PlannedStage const& stage,
                          std::span<TextWord const> text_words)
{
    auto const& options = stage.options;
    auto const words = words_of(stage, text_words);
    auto const steps = shell_settings(options).steps;
    bool const is_renamed = has_name(stage);
    bool const in_subshell =
        text_words.empty() && (is_renamed || !steps.empty());
    auto line = is_renamed ? renamed(stage, words, in_subshell)
                           : with_words(stage, words, !steps.empty());
    auto const exec = is_renamed ? "exec " : exec_of(first_of(stage, words));
    if (in_subshell)
        return '(' + steps + exec + line + ')';
    if (steps.empty())
        return line;
    // The outer bash expands the words before the inner bash runs the steps.
    return "bash -c " + quote_always(steps + exec + "\"$@\"") + " bash " + line;
}

std::vector<std::string> unsaid_settings(PlannedStage const& stage)
{
    auto unsaid = shell_settings(stage.options).unsaid;
    if (stage.options.preexec_fn)
        unsaid.emplace_back("preexec_fn");
    if (!stage.secrets().empty())
        unsaid.emplace_back(secret_remark);
    bool const by_bash = has_name(stage) || is_odd(stage.argv().front());
    for (auto const& value : values_of(stage.options.env))
        if (value.is_set && value.inherits && !can_be_expanded(value.name))
            unsaid.push_back("the old value of " + quote(value.name));
        else if (by_bash && is_set_by_bash(value.name))
            unsaid.push_back("the value of " + quote(value.name));
    if (stage.timeout.is_point())
        unsaid.emplace_back("a timeout at a point in time");
    if (!stage.idle_timeout.is_forever())
        unsaid.push_back("an idle timeout of " + seconds(stage.idle_timeout)
                         + " s");
    // To bash, 124 is how timeout(1) tells that the time is over.
    auto const accept = stage.accept.value_or(std::vector<int>());
    if (!stage.timeout.is_forever() && !stage.timeout.is_point()
        && std::ranges::find(accept, 124) != accept.end())
        unsaid.emplace_back("accept(124) beside timeout");
    return unsaid;
}

} // namespace runnel::inline v0
