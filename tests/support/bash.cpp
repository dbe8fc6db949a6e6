// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/bash.hpp"

#include "support/children.hpp"
#include "support/comma_locale.hpp"
#include "support/files.hpp"
#include "support/private_process.hpp"
#include "support/watchdog.hpp"

#include <runnel/runnel.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

namespace runnel::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

using Codes = std::vector<std::string>;

/// Everything that is compared of a run.
struct Trace {
    std::string status; ///< `$?`
    /// `${PIPESTATUS[*]}`. For runnel, every value that it may have: a pipeline
    /// in another one may be written as a part of that one, or as a group.
    std::vector<Codes> stages;
    /// For runnel: a pipeline, of which bash asks the last stage alone.
    bool is_pipeline = false;
    std::map<std::string, std::string> files; ///< by name
};

/// A status as a shell gives it.
int shell_code(int returncode)
{
    return returncode < 0 ? 128 - returncode : returncode;
}

/// timeout(1) says 124, however the command ended.
constexpr int late = 124;

std::string shell_code(StageResult const& stage)
{
    return std::to_string(
        stage.timed_out ? late : shell_code(stage.status.returncode()));
}

/// The possible entries of PIPESTATUS for this part, whose stages begin at
/// `stage`.
std::vector<Codes> possible_codes(PlanNode const& node,
                                  StageResult const*& stage)
{
    if (node.stage) {
        auto const& command = *stage;
        stage += node.size; // the stages of `from` and `into` follow it
        return {{shell_code(command)}};
    }
    if (node.kind != PlanNode::Kind::pipeline) {
        stage += node.size;
        return {
            {"-"}}; // lists and in-process stages have no status of their own
    }
    std::vector<Codes> all{{}};
    for (auto const& part : node.parts) {
        auto own = possible_codes(*part, stage);
        if (own.front().size() > 1)
            own.push_back({own.front().back()}); // bash asks the last one
        std::vector<Codes> longer;
        for (auto const& before : all)
            for (auto const& codes : own) {
                longer.push_back(before);
                longer.back().insert(longer.back().end(), codes.begin(),
                                     codes.end());
            }
        all = std::move(longer);
    }
    return all;
}

// --- what bash adds of its own --------------------------------------------------

/// The text after leading blanks and digits; nothing if there is no digit.
std::optional<std::string_view> after_number(std::string_view text)
{
    auto const digit = text.find_first_not_of(' ');
    auto const end = text.find_first_not_of("0123456789", digit);
    if (digit == text.npos || end == digit || end == text.npos)
        return {};
    return text.substr(end);
}

/// True for a message of a shell: `bash: line 1: ...`, `sh: 1: ...`.
bool after_speaker(std::string_view line)
{
    auto const name = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
    if (name == 0 || name == line.npos || !line.substr(name).starts_with(": "))
        return false;
    line.remove_prefix(name + 2);
    if (line.starts_with("line "))
        line.remove_prefix(5);
    auto const rest = after_number(line);
    return rest && rest->starts_with(": ");
}

/// True for `Terminated`, or `bash: line 1:  4711 Killed   ...`.
bool tells_of_death(std::string_view line)
{
    constexpr std::string_view shell = "bash: line ";
    if (line == "Terminated")
        return true;
    if (line.starts_with(shell)) {
        auto const rest = after_number(line.substr(shell.size()));
        if (!rest || !rest->starts_with(':'))
            return false;
        line = rest->substr(1);
    }
    auto const rest = after_number(line);
    return line.starts_with(' ') && rest && rest->starts_with(' ');
}

/// bash prints messages about commands that a signal ended or that it did not
/// find. runnel has a status or an exception instead.
bool is_notice(std::string const& line)
{
    constexpr auto ends = std::to_array<std::string_view>(
        {"No such file or directory", "not found", "Is a directory",
         "Permission denied", "Bad file descriptor", "Not a directory"});
    bool const spoken = line.starts_with("env: ") || after_speaker(line);
    return tells_of_death(line)
        || (spoken && std::ranges::any_of(ends, [&](std::string_view end) {
                return line.ends_with(end);
            }));
}

std::string without_notices(std::string const& text)
{
    std::string rest;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('\n', at), text.size() - 1) + 1;
        auto const line = text.substr(at, end - at);
        auto const bare = line.substr(0, line.find('\n'));
        if (!is_notice(bare))
            rest += line;
        at = end;
    }
    return rest;
}

std::string sorted(std::string const& text)
{
    auto lines = lines_of(text);
    std::ranges::sort(lines);
    std::string all;
    for (auto const& line : lines)
        all += line + '\n';
    return all;
}

// --- the runs -------------------------------------------------------------------

/// Runs expressions in a prepared directory. For a private process: changes the
/// directory and descriptors of the process.
class Workplace {
public:
    explicit Workplace(TemporaryDirectory const& folder)
        : folder_(folder), work_(folder / "work")
    {
        write_file(folder_ / "eight", "eighth\n");
        auto const children = child("");
        auto const* const path = ::getenv("PATH");
        auto const search = children + ':' + (path ? path : "/bin");
        ::clearenv();
        ::setenv("PATH", search.c_str(), 1);
        ::setenv("HOME", "/", 1);
        ::setenv("LIST", "/old", 1);
        ::setenv("not-a-name", "kept", 1);
        ::setenv("-u", "$kept", 1);
    }

    Trace run_here(Pipeline const& expression)
    {
        set_up();
        Trace trace;
        auto const plan = make_plan(expression);
        trace.is_pipeline = plan.root->kind == PlanNode::Kind::pipeline;
        std::string captured;
        try {
            auto const done = run(expression, {.timeout = 10s});
            captured = done.out.captured() ? done.out.str() : "";
            trace.status = status_of(done);
            auto const* stage = done.stages.data();
            trace.stages = possible_codes(*plan.root, stage);
        } catch (SpawnError const& error) {
            bool const missing =
                error.code() == std::errc::no_such_file_or_directory;
            trace.status = error.step() != SpawnStep::exec ? "1"
                         : missing                         ? "127"
                                                           : "126";
        }
        trace.files = files();
        trace.files["stdout"] += captured;
        return trace;
    }

    Trace run_by_bash(std::string const& text)
    {
        set_up();
        auto const report = folder_ / "report";
        auto life = make_pipe();
        auto everybody = copy_fd(life.write_end.get(), 100);
        life.write_end.close();
        Popen bash({"bash", "-c",
                    text + "\necho \"$? ${PIPESTATUS[*]}\" >\"$1\"", "bash",
                    report},
                   {.pass_fds = {7, 8, everybody.get()}});
        everybody.close();
        try {
            (void)bash.wait(10s);
        } catch (TimeoutExpired const&) {
            bash.kill();
        }
        wait_for_end(life.read_end);
        Trace trace;
        trace.files = files();
        std::istringstream words(read_file(report));
        words >> trace.status;
        trace.stages.emplace_back();
        for (std::string code; words >> code;)
            trace.stages.front().push_back(code);
        return trace;
    }

private:
    /// bash does not wait for the commands in `<(...)` and `>(...)`. But they
    /// hold the other end of this pipe, as bash itself does.
    static void wait_for_end(OwnFd const& life)
    {
        pollfd ended{.fd = life.get(), .events = 0, .revents = 0};
        if (::poll(&ended, 1, 10'000) != 1)
            throw std::runtime_error("what bash started does not end");
    }

    static std::string status_of(CompletedProcess const& done)
    {
        if (!done.failed)
            return "0";
        bool const is_late = done.decided_by < done.stages.size()
                          && done.stages[done.decided_by].timed_out
                          && done.returncode != 1; // as "!" makes it
        return std::to_string(
            is_late ? late : std::max(1, shell_code(done.returncode)));
    }

    void set_up() const
    {
        if (::chdir("/") != 0)
            throw std::runtime_error("chdir");
        fs::remove_all(work_);
        fs::create_directories(work_ + "/d/deep");
        for (auto const& name : strange_directories())
            fs::create_directories(work_ + '/' + name);
        fs::create_directory_symlink("d/deep", work_ + "/link");
        if (::chdir(work_.c_str()) != 0)
            throw std::runtime_error("chdir");
        write_file("in", "one\ntwo\nthree\n");
        write_file("more", "four\nfive");
        write_file("log", "old\n");
        write_file("d/in", "deep\n");
        write_file(folder_ / "report", "none");
        constexpr int to_write = O_WRONLY | O_CREAT | O_TRUNC;
        write_file("stdin", "first\nsecond\n");
        open_as(0, "stdin", O_RDWR);
        open_as(1, folder_ / "stdout", to_write);
        open_as(2, folder_ / "stderr", to_write);
        open_as(7, "seven", to_write);
        open_as(8, folder_ / "eight", O_RDONLY);
    }

    static void open_as(int number, std::string const& path, int flags)
    {
        auto const file = open_fd(path, flags);
        if (file.get() < 0 || ::dup2(file.get(), number) < 0)
            throw std::runtime_error("cannot open " + path);
    }

    std::map<std::string, std::string> files() const
    {
        std::map<std::string, std::string> found;
        for (auto const& entry : fs::recursive_directory_iterator(work_))
            if (entry.is_regular_file())
                found[fs::relative(entry.path(), work_)] =
                    read_file(entry.path());
        for (auto const* name : {"stdout", "stderr"})
            found[name] = read_file(folder_ / name);
        return found;
    }

    TemporaryDirectory const& folder_;
    std::string work_;
};

// --- the comparison -------------------------------------------------------------

/// True if the codes are equal where runnel knows them.
bool same_codes(Codes const& ours, Codes const& bash)
{
    return std::ranges::equal(ours, bash, [](auto& mine, auto& other) {
        return mine == "-" || mine == other;
    });
}

bool same_stages(Trace const& ours, Trace const& bash)
{
    auto const is_like_bash = [&](Codes const& codes) {
        return codes == Codes{"-"} || same_codes(codes, bash.stages.front());
    };
    return ours.stages.empty()
        || std::ranges::any_of(ours.stages, is_like_bash);
}

std::string joined(Codes const& words)
{
    std::string line;
    for (auto const& word : words)
        line += (line.empty() ? "" : " ") + word;
    return line;
}

std::string difference(std::string const& what, std::string const& ours,
                       std::string const& bash)
{
    return "  " + what + ": \"" + ours + "\", by bash \"" + bash + "\"\n";
}

std::string differences(Trace ours, Trace bash, Order order)
{
    std::string told;
    if (!ours.is_pipeline && ours.status != bash.status)
        told += difference("status", ours.status, bash.status);
    if (!same_stages(ours, bash))
        told += difference("stages", joined(ours.stages.front()),
                           joined(bash.stages.front()));
    for (auto const& [name, content] : bash.files)
        if (!ours.files.contains(name))
            told += "  file only by bash: " + name + '\n';
    for (auto const& [name, content] : ours.files) {
        if (!bash.files.contains(name)) {
            told += "  file not by bash: " + name + '\n';
            continue;
        }
        auto mine = content;
        auto other = without_notices(bash.files[name]);
        if (order == Order::free) {
            mine = sorted(mine);
            other = sorted(other);
        }
        if (mine != other)
            told += difference(name, mine, other);
    }
    return told;
}

} // namespace

std::vector<std::string> const& strange_directories()
{
    static std::vector<std::string> const names{
        "-",          "-P", "~",    "a b",    "it's here", "$HOME",
        "two\nlines", "*?", "\xff", "..dots", "-n",        "--",
        "#",          "\\", "a/-P", "deep",   "'",         "a/../x y"};
    return names;
}

std::string differences_from_bash(std::vector<Pipeline> const& expressions,
                                  Order order, std::string const& comma_locale)
{
    TemporaryDirectory const folder;
    // Hundreds of runs on a busy machine. Each has a limit of its own below.
    Watchdog const watchdog(600);
    return in_private_process([&](Complaints const& told) {
        Workplace workplace(folder);
        if (!comma_locale.empty())
            use_comma_locale(comma_locale);
        for (auto const& expression : expressions) {
            ::alarm(60);
            auto ours = workplace.run_here(expression);
            auto const compare = [&](std::string const& text) {
                auto const bash = workplace.run_by_bash(text);
                if (auto const found = differences(ours, bash, order);
                    !found.empty())
                    told.complain(text + '\n' + found);
            };
            compare(to_string(expression));
            if (!std::exchange(ours.is_pipeline, false))
                continue;
            ours.stages.clear();
            compare(to_string(seq(expression)));
        }
    });
}

} // namespace runnel::test
