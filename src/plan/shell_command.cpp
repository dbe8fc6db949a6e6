#include "plan/shell_command.hpp"

#include "child/settings.hpp"
#include "sys/names.hpp"
#include "text/quote.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
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

// bash runs a builtin instead of a program of the same name. These builtins act
// differently from such a program, or no such program exists. Those of
// `has_twin` act like their program.
bool is_builtin(std::string_view word)
{
    constexpr auto words = std::to_array<std::string_view>(
        {".",       ":",        "alias",   "bg",        "bind",     "break",
         "builtin", "caller",   "cd",      "command",   "compgen",  "complete",
         "compopt", "continue", "declare", "dirs",      "disown",   "enable",
         "eval",    "exec",     "exit",    "export",    "fc",       "fg",
         "getopts", "hash",     "help",    "history",   "jobs",     "kill",
         "let",     "local",    "logout",  "mapfile",   "popd",     "printf",
         "pushd",   "pwd",      "read",    "readarray", "readonly", "return",
         "set",     "shift",    "shopt",   "source",    "suspend",  "times",
         "trap",    "type",     "typeset", "ulimit",    "umask",    "unalias",
         "unset",   "wait"});
    return contains(words, word);
}

bool has_twin(std::string_view word)
{
    constexpr auto words =
        std::to_array<std::string_view>({"[", "echo", "false", "test", "true"});
    return contains(words, word);
}

/// True if a builtin treats the argument differently from its program.
bool tells_twins_apart(std::string_view arg)
{
    constexpr auto operators =
        std::to_array<std::string_view>({"-R", "-e", "-o", "-v", "<", ">"});
    return arg.starts_with("--") || contains(operators, arg);
}

bool must_be_external(std::vector<std::string> const& args)
{
    return is_builtin(args.front())
        || (has_twin(args.front())
            && std::any_of(args.begin() + 1, args.end(), tells_twins_apart));
}

std::string first_word(std::string const& word)
{
    bool const special =
        is_reserved(word) || word.find('=') != word.npos || word.empty();
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
                at, {edit.name,
                     !environment.is_clean() && is_identifier(edit.name),
                     true,
                     {},
                     {}});
        apply(*at, edit);
    }
    return values;
}

std::string text_of(Value const& value)
{
    auto const& [name, inherits, is_set, before, after] = value;
    if (!is_set)
        return "-u " + quote(name);
    auto text = quote(name) + '=';
    if (!inherits)
        return text + (before.empty() ? "" : quote(before));
    auto const list = '$' + name;
    if (before.empty())
        return text + "\"${" + name + ":+" + list + ":}\"" + quote(after);
    text += quote(before) + "\"${" + name + ":+:" + list + "}\"";
    return after.empty() ? text : text + ':' + quote(after);
}

std::string env_words(Environment const& environment)
{
    std::string words = "env ";
    if (environment.is_clean())
        words += "-i ";
    // Options before assignments, as env(1) wants them.
    auto const values = values_of(environment);
    for (bool const is_set : {false, true})
        for (auto const& value : values)
            if (value.is_set == is_set && (is_set || !environment.is_clean()))
                words += text_of(value) + ' ';
    return words;
}

bool changes_path(Environment const& environment)
{
    return environment.is_clean()
        || std::ranges::find(environment.edits(), "PATH", &Edit::name)
               != environment.edits().end();
}

// --- the command -------------------------------------------------------------------

std::string shell_of(PopenOptions const& options)
{
    return options.executable.has_value() ? options.executable.str()
         : changes_path(options.env)      ? std::string(sys::shell)
                                          : "sh";
}

Words words_of(PlannedStage const& stage, std::span<TextWord const> text_words)
{
    Words words;
    if (stage.options.shell) {
        words.push_back(shell_of(stage.options));
        words.push_back("-c");
    }
    auto const first = words.args.size();
    for (auto const& arg : stage.args)
        words.push_back(arg);
    for (auto const& [word, text] : text_words)
        words.texts[first + word] = text;
    return words;
}

std::string seconds(Timeout timeout)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.9g", timeout.seconds());
    return text;
}

/// The words after other words, such as those of env(1), which would take
/// NAME=value for a variable.
std::string behind(std::string const& before, Words const& words)
{
    auto const& program = words.args.front();
    bool const odd =
        program.find('=') != program.npos || program.starts_with('-');
    return before + (odd ? "sh -c 'exec \"$@\"' sh " : "")
         + arguments(words).substr(1);
}

std::string words_before(PlannedStage const& stage)
{
    auto const settings = shell_settings(stage.options);
    auto words = settings.around;
    if (!stage.timeout.is_forever())
        words += "timeout -k 2 " + seconds(stage.timeout) + ' ';
    words += settings.words;
    if (!stage.options.env.is_inherited())
        words += env_words(stage.options.env);
    return words;
}

std::string with_words(PlannedStage const& stage, Words const& words)
{
    auto before = words_before(stage);
    if (before.empty() && must_be_external(words.args))
        before = "env ";
    return before.empty() ? join(words) : behind(before, words);
}

/// A program that runs under another name. `is_behind_exec`: the text follows
/// `exec`, which can set the name.
std::string renamed(PlannedStage const& stage, Words const& words,
                    bool is_behind_exec)
{
    auto const before = words_before(stage);
    auto const by = is_behind_exec && before.empty()
                      ? "-a "
                      : before + "bash -c 'exec -a \"$0\" \"$@\"' ";
    return by + quote_always(words.args.front()) + ' '
         + quote(stage.options.executable.str()) + arguments(words, 1);
}

} // namespace

std::string shell_command(PlannedStage const& stage,
                          std::span<TextWord const> text_words)
{
    auto const& options = stage.options;
    auto const words = words_of(stage, text_words);
    auto const steps = shell_settings(options).steps;
    bool const has_name = options.executable.has_value() && !options.shell;
    bool const in_subshell = text_words.empty() && (has_name || !steps.empty());
    auto line = has_name ? renamed(stage, words, in_subshell)
                         : with_words(stage, words);
    if (in_subshell)
        return '(' + steps + "exec " + line + ')';
    if (steps.empty())
        return line;
    // bash expands the words before sh(1) runs the steps.
    return "sh -c " + quote_always(steps + "exec \"$@\"") + " sh " + line;
}

std::vector<std::string> unsaid_settings(PlannedStage const& stage)
{
    auto unsaid = shell_settings(stage.options).unsaid;
    if (stage.options.preexec_fn)
        unsaid.emplace_back("preexec_fn");
    return unsaid;
}

} // namespace runnel::inline v0
