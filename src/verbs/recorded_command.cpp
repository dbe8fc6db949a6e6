// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "verbs/recorded_command.hpp"

#include "plan/lower.hpp"
#include "text/visible.hpp"

#include <runnel/recording.hpp>
#include <runnel/shlex.hpp>

#include <algorithm>
#include <utility>

namespace runnel::inline v0::detail {

// --- what a command is known by --------------------------------------------------------

namespace {

std::string line_of(Environment::Edit const& edit)
{
    constexpr std::string_view changes[] = {"set ", "unset ", "prepend ",
                                            "append "};
    auto line =
        std::string(changes[static_cast<std::size_t>(edit.change)]) + edit.name;
    return edit.change == Environment::Change::unset ? line
                                                     : line + '=' + edit.value;
}

std::vector<std::string> lines_of(Environment const& environment)
{
    std::vector<std::string> lines;
    if (environment.is_clean())
        lines.emplace_back("clean");
    for (auto const& edit : environment.edits())
        lines.push_back(line_of(edit));
    return lines;
}

std::optional<std::string> input_of(Program const& program,
                                    ProgramCommand const& command,
                                    RunOptions const& options)
{
    auto const found =
        std::ranges::find(command.connections, 0, &Connection::number);
    if (found == command.connections.end())
        return {};
    auto const& endpoint = program.endpoints[found->endpoint];
    if (endpoint.kind == Endpoint::Kind::text)
        return *endpoint.text;
    if (endpoint.kind == Endpoint::Kind::input)
        return std::string(options.input.as("the input"));
    return {};
}

} // namespace

Secrets secrets_for(Program const& program, std::size_t command)
{
    auto secrets = program.commands[command].stage->secrets();
    secrets.add(secrets_in_texts(program));
    return secrets;
}

RecordedCall call_of(Program const& program, std::size_t command,
                     RunOptions const& options)
{
    auto const& planned = program.commands[command];
    auto const& stage = *planned.stage;
    auto input = input_of(program, planned, options);
    if (input)
        input = secrets_for(program, command).masked(*input);
    return {stage.argv(), stage.options.cwd.str(), lines_of(stage.options.env),
            std::move(input)};
}

// --- writing ---------------------------------------------------------------------------

namespace {

/// Text that can be read back: `visible`, with backslashes doubled.
std::string escaped(std::string_view text)
{
    std::string doubled;
    for (char const c : text)
        doubled.append(c == '\\' ? 2 : 1, c);
    return visible(doubled);
}

/// The same in one line. A blank at the end can be seen, too.
std::string escaped_line(std::string_view text)
{
    std::string line;
    for (char const c : escaped(text))
        if (c == '\n')
            line += "\\n";
        else
            line += c;
    if (line.ends_with(' '))
        line.replace(line.size() - 1, 1, "\\x20");
    else if (line.ends_with('\t'))
        line.replace(line.size() - 1, 1, "\\x09");
    return line;
}

void add_field(std::string& text, std::string_view name, std::string_view value)
{
    if (!value.empty())
        text.append(name).append(": ").append(escaped_line(value)) += '\n';
}

/// A line that ends without a newline ends with a backslash.
void add_block(std::string& text, std::string_view name, std::string_view bytes)
{
    text.append(name).append(":\n");
    while (!bytes.empty()) {
        auto const end = bytes.find('\n');
        auto const line = escaped_line(bytes.substr(0, end));
        text.append(line.empty() ? "|" : "| ").append(line);
        text += end == bytes.npos ? "\\\n" : "\n";
        bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
    }
}

std::string end_of(RecordedCommand const& command)
{
    if (auto const& refusal = command.refusal) {
        std::string text;
        add_field(text, "subject", refusal->subject);
        add_field(text, "hint", refusal->hint);
        return text
             + "cannot be started: " + std::string(to_string(refusal->step))
             + ", error " + std::to_string(refusal->error);
    }
    auto const& status = command.status;
    if (auto const signal = status.signal())
        return "killed by signal " + std::to_string(*signal)
             + (status.core_dumped() ? " (core dumped)" : "");
    if (auto const code = status.code())
        return "exit code " + std::to_string(*code);
    return "unknown exit status";
}

} // namespace

std::string text_of(RecordedCommand const& command)
{
    auto const& call = command.call;
    auto text = "$ " + escaped_line(join(call.words)) + '\n';
    add_field(text, "cwd", call.cwd);
    for (auto const& change : call.environment)
        add_field(text, "env", change);
    if (call.input)
        add_block(text, "stdin", *call.input);
    if (!command.out.empty() || command.together)
        add_block(text, command.together ? "stdout and stderr" : "stdout",
                  command.out);
    if (!command.err.empty())
        add_block(text, "stderr", command.err);
    if (command.left_input)
        text += "stdin was not read to its end\n";
    return text + end_of(command) + "\n\n";
}

// --- reading ---------------------------------------------------------------------------

namespace {

class Reader {
public:
    Reader(std::string_view text, std::string const& file)
        : rest_(text), file_(file)
    {
    }

    std::vector<RecordedCommand> all()
    {
        if (!next() || line_ != recording_version)
            fail("this is no recording of runnel: the first line must be \""
                 + std::string(recording_version) + '"');
        std::vector<RecordedCommand> commands;
        for (bool more = next(); more;)
            if (line_.empty() || line_.front() == '#')
                more = next();
            else
                more = read_command(commands.emplace_back());
        return commands;
    }

private:
    bool next()
    {
        ++number_;
        line_ = {};
        if (rest_.empty())
            return false;
        auto const end = rest_.find('\n');
        line_ = rest_.substr(0, end);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
        return true;
    }

    /// Reads to the line behind the command; false at the end of the file.
    bool read_command(RecordedCommand& command)
    {
        if (!take("$ "))
            fail("a command begins with \"$ \"");
        command.line = number_;
        try {
            command.call.words = split(unescaped());
        } catch (std::invalid_argument const& error) {
            fail(error.what());
        }
        if (command.call.words.empty())
            fail("a command needs a word");
        next_line_of_command();
        while (!read_end(command)) {
            read_part(command);
            next_line_of_command();
        }
        return next();
    }

    void next_line_of_command()
    {
        if (!is_ahead_ && !next())
            fail("the command ends without saying how it ended");
        is_ahead_ = false;
    }

    /// A part that is not the end.
    void read_part(RecordedCommand& command)
    {
        auto& call = command.call;
        if (take("cwd: "))
            call.cwd = unescaped();
        else if (take("env: "))
            call.environment.push_back(unescaped());
        else if (take("subject: "))
            refusal(command).subject = unescaped();
        else if (take("hint: "))
            refusal(command).hint = unescaped();
        else if (line_ == "stdin was not read to its end")
            command.left_input = true;
        else
            read_block(command);
    }

    void read_block(RecordedCommand& command)
    {
        if (line_ == "stdin:")
            command.call.input = block();
        else if (line_ == "stdout:")
            command.out = block();
        else if (line_ == "stderr:")
            command.err = block();
        else if (line_ == "stdout and stderr:") {
            command.out = block();
            command.together = true;
        } else
            fail("this line is no part of a command");
    }

    std::string block()
    {
        std::string bytes;
        while ((is_ahead_ = next())) {
            if (line_ == "|") {
                bytes += '\n';
                continue;
            }
            if (!take("| "))
                break;
            bool const is_cut = ends_with_single_backslash();
            if (is_cut)
                line_.remove_suffix(1);
            bytes += unescaped();
            bytes += is_cut ? "" : "\n";
        }
        return bytes;
    }

    bool ends_with_single_backslash() const
    {
        auto const last = line_.find_last_not_of('\\');
        return (line_.size() - (last == line_.npos ? 0 : last + 1)) % 2 == 1;
    }

    bool read_end(RecordedCommand& command)
    {
        if (take("exit code "))
            command.status = ExitStatus::of_code(number());
        else if (take("killed by signal ")) {
            bool const core = line_.ends_with(" (core dumped)");
            line_ = line_.substr(0, line_.find(' '));
            command.status = ExitStatus::of_signal(number(), core);
        } else if (take("cannot be started: "))
            read_refusal(refusal(command));
        else if (line_ == "unknown exit status")
            command.status = ExitStatus::unknown();
        else
            return false;
        return true;
    }

    void read_refusal(RecordedRefusal& refusal)
    {
        auto const comma = line_.find(", error ");
        auto const name = line_.substr(0, comma);
        if (comma == line_.npos)
            fail("the line must say which step failed, and the error");
        refusal.step = SpawnStep::open;
        while (to_string(refusal.step) != name) {
            if (refusal.step == SpawnStep::exec)
                fail("there is no step of that name");
            refusal.step = SpawnStep(static_cast<int>(refusal.step) + 1);
        }
        line_.remove_prefix(comma + 8);
        refusal.error = number();
    }

    static RecordedRefusal& refusal(RecordedCommand& command)
    {
        return command.refusal ? *command.refusal : command.refusal.emplace();
    }

    bool take(std::string_view prefix)
    {
        if (!line_.starts_with(prefix))
            return false;
        line_.remove_prefix(prefix.size());
        return true;
    }

    int number() const
    {
        int value = 0;
        for (char const c : line_) {
            if (c < '0' || c > '9' || value > 100'000)
                fail("a number is expected here");
            value = value * 10 + (c - '0');
        }
        if (line_.empty())
            fail("a number is expected here");
        return value;
    }

    std::string unescaped() const
    {
        std::string text;
        for (std::size_t i = 0; i < line_.size(); ++i)
            if (line_[i] == '\\')
                i += add_escape(text, line_.substr(i + 1));
            else
                text += line_[i];
        return text;
    }

    /// Returns how many characters follow the backslash.
    std::size_t add_escape(std::string& text, std::string_view escape) const
    {
        switch (escape.empty() ? ' ' : escape.front()) {
        case '\\': text += '\\'; return 1;
        case '0': text += '\0'; return 1;
        case 'n': text += '\n'; return 1;
        case 'r': text += '\r'; return 1;
        case 'x': text += static_cast<char>(hex(escape, 2)); return 3;
        case 'u': add_utf8(text, hex(escape, 4)); return 5;
        default: fail("a backslash is written as two");
        }
    }

    unsigned hex(std::string_view escape, std::size_t digits) const
    {
        constexpr std::string_view all = "0123456789abcdef";
        unsigned value = 0;
        for (std::size_t i = 1; i <= digits; ++i) {
            auto const digit =
                i < escape.size() ? all.find(escape[i]) : all.npos;
            if (digit == all.npos)
                fail("hexadecimal digits are missing");
            value = value * 16 + static_cast<unsigned>(digit);
        }
        return value;
    }

    static void add_utf8(std::string& text, unsigned code)
    {
        auto const byte = [&](unsigned bits) {
            text += static_cast<char>(bits);
        };
        if (code < 0x800)
            byte(0xc0 | code >> 6);
        else {
            byte(0xe0 | code >> 12);
            byte(0x80 | (code >> 6 & 0x3f));
        }
        byte(0x80 | (code & 0x3f));
    }

    [[noreturn]] void fail(std::string const& why) const
    {
        throw DamagedRecording(file_, number_, why);
    }

    std::string_view rest_;
    std::string const& file_;
    std::string_view line_{};
    std::size_t number_ = 0;
    bool is_ahead_ = false; ///< the line behind a block was read already
};

} // namespace

std::vector<RecordedCommand> commands_in(std::string_view text,
                                         std::string const& file)
{
    return Reader(text, file).all();
}

} // namespace runnel::inline v0::detail
