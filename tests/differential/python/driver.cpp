// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs the cases of compare.py through runnel. Reads them from stdin; writes
// results to stdout in the same form.
#include <runnel/runnel.hpp>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;

namespace {

using Strings = std::vector<std::string>;
using Result = std::map<std::string, std::string>;

// --- the wire --------------------------------------------------------------------

std::string of_hex(std::string_view hex)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned value = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return bytes;
}

std::string to_hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        hex += digits[byte >> 4];
        hex += digits[byte & 0xf];
    }
    return hex;
}

int number_of(std::string const& text)
{
    return std::atoi(text.c_str());
}

/// What is asked for: the keys of a case in cases.py, each with its values.
class Case {
public:
    /// Reads one; false at the end.
    bool read(std::istream& from)
    {
        values_.clear();
        for (std::string line; std::getline(from, line) && !line.empty();) {
            auto const at = line.find('=');
            values_[line.substr(0, at)].push_back(
                of_hex(std::string_view(line).substr(at + 1)));
        }
        return !values_.empty();
    }

    bool has(std::string const& key) const { return values_.contains(key); }

    Strings all(std::string const& key) const
    {
        auto const at = values_.find(key);
        return at == values_.end() ? Strings() : at->second;
    }

    std::string get(std::string const& key,
                    std::string const& otherwise = "") const
    {
        return has(key) ? values_.at(key).front() : otherwise;
    }

    bool flag(std::string const& key, bool otherwise = false) const
    {
        return get(key, otherwise ? "1" : "0") == "1";
    }

    std::vector<int> numbers(std::string const& key) const
    {
        std::vector<int> numbers;
        for (auto const& text : all(key))
            numbers.push_back(number_of(text));
        return numbers;
    }

private:
    std::map<std::string, Strings> values_;
};

// --- the parent that a case wants ------------------------------------------------

void take_descriptor(std::string const& path, int flags, int number)
{
    int const fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (fd == number)
        return;
    ::dup3(fd, number, O_CLOEXEC);
    ::close(fd);
}

void set_inheritable(int fd)
{
    ::fcntl(fd, F_SETFD, 0);
}

void set_up_descriptors(Case const& wanted)
{
    take_descriptor("inherited_in", O_RDONLY, 0);
    take_descriptor("inherited_out", O_WRONLY | O_CREAT, 1);
    take_descriptor("inherited_err", O_WRONLY | O_CREAT, 2);
    for (int const fd : {0, 1, 2})
        set_inheritable(fd);
    for (int const fd : wanted.numbers("open"))
        take_descriptor("fd" + std::to_string(fd), O_RDWR | O_CREAT, fd);
    for (int const fd : wanted.numbers("inheritable"))
        set_inheritable(fd);
    for (int const fd : wanted.numbers("closed"))
        ::close(fd);
}

void set_up_signals(Case const& wanted)
{
    for (int number = 1; number < 32; ++number)
        if (number != SIGKILL && number != SIGSTOP && number != SIGCHLD)
            ::signal(number, SIG_DFL);
    for (int const number : wanted.numbers("ignored"))
        ::signal(number, SIG_IGN);
    ::sigset_t blocked;
    ::sigemptyset(&blocked);
    for (int const number : wanted.numbers("blocked"))
        ::sigaddset(&blocked, number);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

void set_up(Case const& wanted)
{
    ::umask(022);
    if (::chdir(wanted.get("dir").c_str()) != 0)
        std::abort();
    if (wanted.has("stdin_bytes")) {
        auto const bytes = wanted.get("stdin_bytes");
        int const fd = ::open("in", O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (::write(fd, bytes.data(), bytes.size())
            != static_cast<ssize_t>(bytes.size()))
            std::abort();
        ::close(fd);
    }
    set_up_descriptors(wanted);
    set_up_signals(wanted);
}

// --- options ---------------------------------------------------------------------

Stdio stream_of(Case const& wanted, std::string const& key,
                std::string const& file)
{
    auto const kind = wanted.get(key);
    if (kind == "pipe")
        return Stdio::pipe;
    if (kind == "devnull")
        return Stdio::devnull;
    if (kind == "stdout")
        return Stdio::out;
    if (kind == "file")
        return file;
    if (kind.starts_with("fd"))
        return number_of(kind.substr(2));
    return Stdio::inherit;
}

Id id_of(std::string const& text)
{
    bool const is_number =
        text.find_first_not_of("-0123456789") == std::string::npos;
    return is_number ? Id(std::atol(text.c_str())) : Id(text);
}

Environment environment_of(Case const& wanted)
{
    if (!wanted.has("env_given"))
        return {};
    auto environment = Environment::empty();
    for (auto const& entry : wanted.all("env")) {
        // A name may hold "=" only where that is the mistake.
        auto const at = entry.starts_with("A=B") ? 3 : entry.find('=');
        environment.set(entry.substr(0, at), entry.substr(at + 1));
    }
    return environment;
}

std::optional<TextErrors> errors_of(Case const& wanted)
{
    std::map<std::string, TextErrors> const policies{
        {"strict", TextErrors::strict},
        {"ignore", TextErrors::ignore},
        {"replace", TextErrors::replace},
        {"backslashreplace", TextErrors::backslashreplace}};
    if (!wanted.has("errors"))
        return {};
    return policies.at(wanted.get("errors"));
}

void add_identity(PopenOptions& options, Case const& wanted)
{
    if (wanted.has("process_group"))
        options.process_group = number_of(wanted.get("process_group"));
    if (wanted.has("user"))
        options.user = id_of(wanted.get("user"));
    if (wanted.has("group"))
        options.group = id_of(wanted.get("group"));
    if (wanted.has("extra_groups_given")) {
        options.extra_groups.emplace();
        for (auto const& text : wanted.all("extra_groups"))
            options.extra_groups->push_back(id_of(text));
    }
}

PopenOptions child_options(Case const& wanted)
{
    PopenOptions options;
    options.shell = wanted.flag("shell");
    if (wanted.has("executable"))
        options.executable = wanted.get("executable");
    if (wanted.has("cwd"))
        options.cwd = wanted.get("cwd");
    options.env = environment_of(wanted);
    options.close_fds = wanted.flag("close_fds", true);
    options.pass_fds = wanted.numbers("pass_fds");
    options.restore_signals = wanted.flag("restore_signals", true);
    options.start_new_session = wanted.flag("start_new_session");
    options.umask = number_of(wanted.get("umask", "-1"));
    options.bufsize = number_of(wanted.get("bufsize", "-1"));
    add_identity(options, wanted);
    return options;
}

template <class Options>
void add_text(Options& options, Case const& wanted)
{
    options.text = wanted.flag("text");
    options.universal_newlines = wanted.flag("universal_newlines");
    if (wanted.has("encoding"))
        options.encoding = wanted.get("encoding");
    options.errors = errors_of(wanted);
}

void add_streams(PopenOptions& options, Case const& wanted)
{
    options.in = wanted.has("stdin_bytes") ? Stdio("in")
                                           : stream_of(wanted, "stdin", "in");
    options.out = stream_of(wanted, "stdout", "out");
    options.err = stream_of(wanted, "stderr", "err");
}

Timeout timeout_of(Case const& wanted)
{
    if (!wanted.has("timeout"))
        return {};
    return std::chrono::duration<double>(
        std::atof(wanted.get("timeout").c_str()));
}

// --- results ---------------------------------------------------------------------

void add_output(Result& result, std::string const& name, Output const& output)
{
    if (output.captured())
        result[name] = output.str();
}

template <class From>
void add_outputs(Result& result, From const& from)
{
    add_output(result, "stdout", from.out);
    add_output(result, "stderr", from.err);
}

Result of_error(std::exception const& error)
{
    Result result;
    auto const is = [&](auto const* kind) { return kind != nullptr; };
    if (auto const* expired = dynamic_cast<TimeoutExpired const*>(&error)) {
        result["outcome"] = "timeout";
        add_output(result, "stdout", expired->out());
        add_output(result, "stderr", expired->err());
    } else if (auto const* called =
                   dynamic_cast<CalledProcessError const*>(&error)) {
        result["outcome"] = "called";
        result["returncode"] = std::to_string(called->returncode());
        add_output(result, "stdout", called->out());
        add_output(result, "stderr", called->err());
    } else if (is(dynamic_cast<TextError const*>(&error)))
        result["outcome"] = "text";
    else if (auto const* system =
                 dynamic_cast<std::system_error const*>(&error))
        result["outcome"] = "os:" + std::to_string(system->code().value());
    else if (is(dynamic_cast<std::logic_error const*>(&error)))
        result["outcome"] = "invalid";
    else
        result["outcome"] = error.what();
    return result;
}

// --- the ways to run it ----------------------------------------------------------

Popen started(Case const& wanted)
{
    auto options = child_options(wanted);
    add_streams(options, wanted);
    add_text(options, wanted);
    if (wanted.has("program"))
        return Popen(wanted.get("program"), options);
    return Popen(wanted.all("args"), options);
}

Result by_popen(Case const& wanted)
{
    auto child = started(wanted);
    auto const input = wanted.get("input");
    auto const outputs = wanted.has("input")
                           ? child.communicate(std::string_view(input))
                           : child.communicate();
    Result result{{"returncode", std::to_string(child.wait())}};
    add_outputs(result, outputs);
    return result;
}

/// A pipe is what `run` captures or feeds.
Pipeline with_streams(Pipeline e, Case const& wanted)
{
    PopenOptions streams;
    add_streams(streams, wanted);
    if (streams.in.kind() == Stdio::pipe)
        e = e < text("");
    else if (streams.in.kind() != Stdio::inherit)
        e = e < streams.in;
    if (streams.out.kind() == Stdio::pipe)
        e = e > capture;
    else if (streams.out.kind() != Stdio::inherit)
        e = e > streams.out;
    if (streams.err.kind() == Stdio::pipe)
        e = e > err(capture);
    else if (streams.err.kind() == Stdio::out)
        e = e > err_to_out;
    else if (streams.err.kind() != Stdio::inherit)
        e = e > err(streams.err);
    return e;
}

Pipeline expression_of(Case const& wanted)
{
    auto const options = child_options(wanted);
    if (wanted.has("program") && options.shell)
        return with_streams(sh(wanted.get("program")).with(options), wanted);
    if (wanted.has("program"))
        return with_streams(cmd(wanted.get("program")).with(options), wanted);
    auto words = wanted.all("args");
    auto const program = words.at(0);
    words.erase(words.begin());
    return with_streams(cmd(program, words).with(options), wanted);
}

struct Running {
    std::string input;
    RunOptions options;
};

/// Only valid while `wanted.input` is.
void fill(Running& running, Case const& wanted)
{
    auto& options = running.options;
    options.timeout = timeout_of(wanted);
    options.check = wanted.flag("check");
    options.capture_output = wanted.flag("capture_output");
    add_text(options, wanted);
    if (wanted.has("input")) {
        running.input = wanted.get("input");
        options.input = running.input;
    }
}

Result by_run(Case const& wanted)
{
    Running running;
    fill(running, wanted);
    auto const done = run(expression_of(wanted), running.options);
    Result result{{"returncode", std::to_string(done.returncode)}};
    add_outputs(result, done);
    return result;
}

Result by_call(Case const& wanted)
{
    Running running;
    fill(running, wanted);
    auto const e = expression_of(wanted);
    int const code = wanted.get("api") == "call"
                       ? call(e, running.options)
                       : check_call(e, running.options);
    return {{"returncode", std::to_string(code)}};
}

Result by_check_output(Case const& wanted)
{
    Running running;
    fill(running, wanted);
    return {{"stdout", check_output(expression_of(wanted), running.options)}};
}

Result by_script(Case const& wanted)
{
    Running running;
    fill(running, wanted);
    auto const script = wanted.get("program");
    if (wanted.get("api") == "getoutput")
        return {{"stdout", getoutput(script, running.options)}};
    auto const [status, output] = getstatusoutput(script, running.options);
    return {{"returncode", std::to_string(status)}, {"stdout", output}};
}

// --- step by step ----------------------------------------------------------------

std::string code_or_nothing(std::optional<int> code)
{
    return code ? std::to_string(*code) : "nothing";
}

std::string unescaped(std::string text)
{
    for (auto at = text.find("\\n"); at != text.npos; at = text.find("\\n", at))
        text.replace(at, 2, "\n");
    return text;
}

std::string waited(Popen& child, std::string const& limit)
{
    if (limit.empty())
        return std::to_string(child.wait());
    return std::to_string(
        child.wait(std::chrono::duration<double>(std::atof(limit.c_str()))));
}

std::string conversation(Popen& child, std::string const& input)
{
    auto const said = input.empty()
                        ? child.communicate()
                        : child.communicate(std::string_view(input));
    return said.out.captured() ? said.out.str() : "nothing";
}

std::string do_step(Popen& child, std::string const& verb,
                    std::string const& argument)
{
    if (verb == "write")
        child.in().write(argument);
    else if (verb == "flush")
        child.in().flush();
    else if (verb == "close")
        child.in().close();
    else if (verb == "close_out")
        child.out().close();
    else if (verb == "readline")
        return child.out().readline();
    else if (verb == "read")
        return argument.empty() ? child.out().read()
                                : child.out().read(static_cast<std::size_t>(
                                    number_of(argument)));
    else if (verb == "communicate")
        return conversation(child, argument);
    else if (verb == "wait")
        return waited(child, argument);
    else if (verb == "poll")
        return code_or_nothing(child.poll());
    else if (verb == "returncode")
        return code_or_nothing(child.returncode());
    else if (verb == "kill")
        child.kill();
    else if (verb == "terminate")
        child.terminate();
    else if (verb == "signal")
        child.send_signal(number_of(argument));
    return "nothing";
}

Result by_steps(Case const& wanted)
{
    Result result;
    auto child = started(wanted);
    int number = 0;
    for (auto const& step : wanted.all("steps")) {
        auto const blank = step.find(' ');
        auto const argument =
            blank == step.npos ? "" : unescaped(step.substr(blank + 1));
        auto& gives = result["step " + std::to_string(number++) + ", " + step];
        try {
            gives = do_step(child, step.substr(0, blank), argument);
        } catch (std::exception const& error) {
            gives = of_error(error)["outcome"];
            if (gives == "invalid")
                gives = "refused";
        }
    }
    return result;
}

// --- all of them -----------------------------------------------------------------

Result result_of(Case const& wanted)
{
    std::map<std::string, Result (*)(Case const&)> const ways{
        {"popen", by_popen},
        {"run", by_run},
        {"steps", by_steps},
        {"call", by_call},
        {"check_call", by_call},
        {"check_output", by_check_output},
        {"getstatusoutput", by_script},
        {"getoutput", by_script}};
    try {
        auto result = ways.at(wanted.get("api", "popen"))(wanted);
        result["outcome"] = "result";
        return result;
    } catch (std::exception const& error) {
        return of_error(error);
    }
}

std::string lines_of(Result const& result)
{
    std::string lines;
    for (auto const& [key, value] : result)
        lines += to_hex(key) + '=' + to_hex(value) + '\n';
    return lines;
}

[[noreturn]] void run_in_child(Case const& wanted, int out)
{
    ::alarm(30);
    ::dup3(out, 200, O_CLOEXEC);
    ::close(out);
    set_up(wanted);
    auto const lines = lines_of(result_of(wanted));
    std::string_view left = lines;
    while (!left.empty()) {
        auto const count = ::write(200, left.data(), left.size());
        if (count < 0)
            break;
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    ::_exit(0);
}

/// In a fork, for a case changes the whole process.
std::string lines_of(Case const& wanted)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        std::abort();
    pid_t const pid = ::fork();
    if (pid == 0)
        run_in_child(wanted, ends[1]);
    ::close(ends[1]);
    std::string lines;
    char buffer[65536];
    for (ssize_t count = 0;
         (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        lines.append(buffer, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status == 0 ? lines : lines_of(Result{{"outcome", "died"}});
}

} // namespace

int main()
{
    Case wanted;
    while (wanted.read(std::cin))
        std::cout << lines_of(wanted) << '\n';
}
