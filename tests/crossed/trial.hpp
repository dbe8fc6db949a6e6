// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs the cells of a row: each expression once by bash, and then by every verb.
#pragma once

#include "crossed/table.hpp"
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/private_process.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

namespace runnel::test::crossed {

using Strings = std::vector<std::string>;

/// What was where after a run, by the names of places: files, `status`, and
/// what a verb gives.
using Places = std::map<std::string, std::string>;

// --- texts ------------------------------------------------------------------------

/// Latin-1 as UTF-8. Line ends become `\n`, if that ends lines.
inline std::string decoded(std::string_view bytes, bool has_lines = true)
{
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const byte = static_cast<unsigned char>(bytes[i]);
        bool const is_return = has_lines && byte == '\r';
        bool const is_pair = is_return && bytes.substr(i + 1, 1) == "\n";
        if (byte >= 0x80)
            (text += static_cast<char>(0xc0 | byte >> 6)) +=
                static_cast<char>(0x80 | (byte & 0x3f));
        else if (!is_pair)
            text += is_return ? '\n' : bytes[i];
    }
    return text;
}

inline Strings pieces(std::string_view text, char delimiter)
{
    Strings all;
    while (!text.empty()) {
        auto const end = std::min(text.find(delimiter), text.size());
        all.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

inline std::string joined(Strings const& all, std::string_view behind)
{
    std::string text;
    for (auto const& piece : all)
        text.append(piece).append(behind);
    return text;
}

inline std::string sorted(std::string_view text)
{
    auto all = pieces(text, '\n');
    std::ranges::sort(all);
    return joined(all, "\n");
}

inline std::string escaped(std::string_view text)
{
    std::string shown;
    for (char const c : text) {
        char code[8];
        std::snprintf(code, sizeof code, "\\x%02x", unsigned(c) & 0xff);
        bool const is_plain = c >= ' ' && c <= '~' && c != '\\';
        shown += c == '\n' ? "\\n"
               : c == '\r' ? "\\r"
               : is_plain  ? std::string(1, c)
                           : code;
    }
    return shown;
}

// --- bash ---------------------------------------------------------------------------

/// Runs the expressions of a row, each in a directory of its own. Stdin is
/// empty, or what the row has as input; descriptor 7 writes to the file `seven`.
class Bash {
public:
    Bash(Row const& row, TemporaryDirectory const& folder) : folder_(folder)
    {
        write_file(folder / "in", file_bytes);
        write_file(folder / "input", row.source.has_input ? input_bytes : "");
        std::string script = "set -o pipefail; export LC_ALL=C\n";
        for (std::size_t i = 0; i < row.columns.size(); ++i)
            if (row.columns[i].written.x)
                script += cell(i, row);
        run(script);
    }

    Places places(std::size_t index, Context const& context) const
    {
        Places found;
        auto const directory = folder_ / std::to_string(index) + '/';
        for (auto const* name : {"status", "stdout", "stderr", "f", "seven",
                                 "cap1", "cap2", "string", "hand1", "hand2"})
            if (std::filesystem::exists(directory + name)
                || has_word(context.shell, name))
                found[name] = read_file(directory + name);
        return found;
    }

private:
    std::string cell(std::size_t index, Row const& row) const
    {
        auto const number = std::to_string(index);
        std::filesystem::create_directory(folder_ / number);
        write_file(folder_ / number + "/f", "old\n");
        std::string text(row.columns[index].context.shell);
        auto const& source = row.source;
        std::string const plain(source.shell);
        auto const group = "{ { " + plain + "; } 9>&1; }";
        bool const is_command = source.form == Form::command;
        bool const goes_on = is_command || source.form == Form::pipeline;
        if (auto const at = text.find('%'); at != text.npos)
            text.replace(at, 1, is_command ? plain : group);
        if (auto const at = text.find('@'); at != text.npos)
            text.replace(at, 1, goes_on ? plain : group);
        return "cd ../" + number + "; { " + text
             + "; } < ../input > stdout 2> stderr 7> seven; echo $? > status\n";
    }

    // Commands in <(...) and >(...) may outlive bash, but hold the write end of
    // this pipe as long as they run.
    void run(std::string const& script) const
    {
        using namespace std::chrono_literals;
        std::filesystem::create_directory(folder_ / "work");
        auto life = make_pipe();
        auto everybody = copy_fd(life.write_end.get(), 100);
        life.write_end.close();
        auto const* path = ::getenv("PATH");
        Popen bash({"bash", "-c", script},
                   {.cwd = folder_ / "work",
                    .env = Environment().set(
                        "PATH", child("") + ':' + (path ? path : "/bin")),
                    .pass_fds = {everybody.get()}});
        everybody.close();
        (void)bash.wait(15s);
        pollfd ended{.fd = life.read_end.get(), .events = 0, .revents = 0};
        if (::poll(&ended, 1, 15'000) != 1)
            throw std::runtime_error("what bash started does not end");
    }

    TemporaryDirectory const& folder_;
};

// --- runnel ---------------------------------------------------------------------------

/// Runs expressions by verbs. For a private process: changes its directory and
/// descriptors.
class Workplace {
public:
    explicit Workplace(TemporaryDirectory const& folder)
    {
        if (::chdir((folder / "work").c_str()) != 0)
            throw std::runtime_error("chdir");
        auto const* path = ::getenv("PATH");
        ::setenv("PATH", (child("") + ':' + (path ? path : "/bin")).c_str(), 1);
    }

    /// What a verb makes of an expression. Throws `std::invalid_argument` if the
    /// expression is refused.
    Places run_by(Verb const& verb, Source const& source, Pipeline const& x)
    {
        set_up();
        Places found;
        kept = unset;
        perform(verb, source, x, found);
        for (auto const* name : {"stdout", "stderr", "f", "seven"})
            found[name] = read_file(name);
        if (kept != unset)
            found["string"] = kept;
        return found;
    }

    /// True if nothing was started or opened since the last `set_up`.
    bool is_untouched() const
    {
        return read_file("stdout").empty() && read_file("stderr").empty()
            && read_file("seven").empty() && read_file("f") == "old\n";
    }

    void set_up() const
    {
        constexpr int to_write = O_WRONLY | O_CREAT | O_TRUNC;
        write_file("f", "old\n");
        open_as(0, "/dev/null", O_RDONLY);
        open_as(1, "stdout", to_write);
        open_as(2, "stderr", to_write);
        open_as(7, "seven", to_write);
    }

private:
    static constexpr std::string_view unset = "no string was set";

    static void open_as(int number, std::string const& path, int flags)
    {
        auto const file = open_fd(path, flags);
        if (file.get() < 0 || ::dup2(file.get(), number) < 0)
            throw std::runtime_error("cannot open " + path);
    }

    static void perform(Verb const& verb, Source const& source,
                        Pipeline const& x, Places& found)
    {
        try {
            if (verb.is_range())
                range(verb, x, found);
            else
                whole(verb, options(verb, source), x, found);
        } catch (CalledProcessError const& error) {
            found["status"] = status(true, error.returncode());
        }
    }

    static RunOptions options(Verb const& verb, Source const& source)
    {
        RunOptions how;
        if (source.has_input)
            how.input =
                verb.is_text ? std::string_view(text_input()) : input_bytes;
        if (verb.is_text)
            how.encoding = "latin-1";
        how.capture_output = verb.does == Does::capture_output;
        if (verb.does == Does::step)
            how.pump = Pump::caller;
        return how;
    }

    static std::string const& text_input()
    {
        static std::string const text = decoded(input_bytes);
        return text;
    }

    static std::string status(bool failed, int code)
    {
        int const shell = code < 0 ? 128 - code : code;
        return std::to_string(failed ? std::max(1, shell) : 0) + '\n';
    }

    static void whole(Verb const& verb, RunOptions const& how,
                      Pipeline const& x, Places& found)
    {
        switch (verb.does) {
        case Does::check: take(check(x, how), found); break;
        case Does::read:
            found["value"] = read(x, how);
            found["status"] = "0\n";
            break;
        case Does::start:
        case Does::step: job(start(x, how), verb, found); break;
        default: take(run(x, how), found);
        }
    }

    static void wait_for(Job& job)
    {
        using namespace std::chrono;
        pollfd ready{.fd = job.fd(), .events = POLLIN, .revents = 0};
        int limit = 10'000;
        if (auto const at = job.next_deadline()) {
            auto const left =
                ceil<milliseconds>(*at - steady_clock::now()).count();
            limit = static_cast<int>(std::clamp<long>(left, 0, limit));
        }
        if (::poll(&ready, 1, limit) == 0 && limit == 10'000)
            throw std::runtime_error("the job has nothing to do");
    }

    static void job(Job job, Verb const& verb, Places& found)
    {
        if (verb.does == Does::step)
            while (!job.step())
                wait_for(job);
        if (job.out().is_open())
            found["hand1"] = job.out().read();
        if (job.err().is_open())
            found["hand2"] = job.err().read();
        take(job.wait(), found);
    }

    static void take(CompletedProcess const& done, Places& found)
    {
        found["status"] = status(done.failed, done.returncode);
        for (std::size_t i = 0; i < done.captures.size(); ++i)
            found["cap" + std::to_string(i + 1)] =
                shown(done.captures[i].bytes);
        found["out"] = shown(done.out);
        found["err"] = shown(done.err);
        for (auto const& stage : done.stages)
            if (stage.err.captured())
                found["errors"] += stage.err.view();
    }

    static std::string shown(Output const& output)
    {
        return output.captured() ? output.str() : "not captured";
    }

    static LineOptions line_options(Verb const& verb)
    {
        LineOptions how;
        if (verb.is_text)
            how.encoding = "latin-1";
        how.keep_ends = verb.does == Does::keep_ends;
        return how;
    }

    static void range(Verb const& verb, Pipeline const& x, Places& found)
    {
        auto const how = line_options(verb);
        switch (verb.does) {
        case Does::lines: collect(x | lines(how), "\n", found); break;
        case Does::keep_ends: collect(x | lines(how), "", found); break;
        case Does::records: collect(x | records(' ', how), "|", found); break;
        case Does::chunks: collect(x | chunks(7), "", found); break;
        case Does::err_lines:
            collect(stderr_of(x) | lines(how), "\n", found);
            break;
        case Does::err_chunks:
            collect(stderr_of(x) | chunks(7), "", found);
            break;
        default: tags(x | tagged(how), found);
        }
    }

    static std::string_view text_of(Line line) { return line; }
    static std::string_view text_of(Chunk chunk) { return chunk.text(); }

    template <class Range>
    static void collect(Range const& range, std::string_view behind,
                        Places& found)
    {
        auto& value = found["value"];
        try {
            for (auto const piece : range)
                value.append(text_of(piece)).append(behind);
        } catch (CalledProcessError const&) {
        }
        take(range.result(), found);
    }

    static void tags(TaggedRange const& range, Places& found)
    {
        Places all{{"1", ""}, {"2", ""}};
        try {
            for (auto const& [stage, stream, line, time] : range)
                all[std::to_string(stream)] += line + '\n';
        } catch (CalledProcessError const&) {
        }
        found["value"] =
            "out:\n" + sorted(all["1"]) + "err:\n" + sorted(all["2"]);
        take(range.result(), found);
    }
};

// --- the comparison ---------------------------------------------------------------------

/// What a verb must make of what bash made.
class Expectation {
public:
    Expectation(Source const& source, Context const& context, Verb const& verb,
                Places const& bash)
        : source_(source), context_(context), verb_(verb), bash_(bash)
    {
    }

    Places places()
    {
        auto wanted = bash_;
        for (auto const* name : {"cap1", "cap2", "string", "hand1", "hand2"})
            if (auto const at = wanted.find(name); at != wanted.end())
                at->second = text(at->second);
        bool const fails = bash_.at("status") != "0\n";
        bool const throws = fails && verb_.does == Does::check;
        if (verb_.does == Does::read || throws) {
            wanted.erase("cap1");
            wanted.erase("cap2");
        } else {
            wanted["out"] = of_whole(context_.out);
            wanted["err"] = of_whole(context_.err);
        }
        apply(wanted, fails);
        return wanted;
    }

private:
    void apply(Places& wanted, bool fails) const
    {
        auto const out = text(bash_.at("stdout"));
        auto const err = text(bash_.at("stderr"));
        switch (verb_.does) {
        case Does::capture_output:
            wanted["out"] = out;
            wanted["stdout"] = "";
            wanted["errors"] = err;
            if (context_.by_tee && !context_.err.empty()
                && source_.has_one_talker)
                wanted["errors"] += text(bash_.at("cap1"));
            wanted["stderr"] = "";
            wanted.erase("err");
            break;
        case Does::read:
            wanted["stdout"] = "";
            if (!fails)
                wanted["value"] = out.substr(0, out.find_last_not_of('\n') + 1);
            break;
        case Does::lines:
            wanted["stdout"] = "";
            wanted["value"] = joined(pieces(out, '\n'), "\n");
            break;
        case Does::keep_ends:
        case Does::chunks:
            wanted["stdout"] = "";
            wanted["value"] = out;
            break;
        case Does::records:
            wanted["stdout"] = "";
            wanted["value"] =
                joined(pieces(verb_.is_text ? decoded(bash_.at("stdout"), false)
                                            : bash_.at("stdout"),
                              ' '),
                       "|");
            break;
        case Does::err_lines:
        case Does::err_chunks:
            wanted["stderr"] = "";
            wanted["value"] = err;
            break;
        case Does::tagged:
            wanted["stderr"] = "";
            if (!context_.is_inherited)
                wanted["stdout"] = "";
            wanted["value"] = "out:\n"
                            + sorted(context_.is_inherited ? "" : out)
                            + "err:\n" + sorted(err);
            break;
        default: break;
        }
    }

    /// What this process gets, as a verb gives it.
    std::string text(std::string const& bytes) const
    {
        return verb_.is_text ? decoded(bytes) : bytes;
    }

    std::string of_whole(std::string_view place) const
    {
        bool const is_of_command = context_.err.empty()
                                     ? source_.ends_in_command
                                     : source_.has_one_talker;
        if (place.empty() || (context_.by_tee && !is_of_command))
            return "not captured";
        return text(bash_.at(std::string(place)));
    }

    Source const& source_;
    Context const& context_;
    Verb const& verb_;
    Places const& bash_;
};

/// How much of the table is run.
enum class Share {
    all,
    /// A part in which each two of source, context and verb meet.
    pairs,
};

inline bool is_in(Share share, Row const& row, std::size_t column,
                  std::size_t verb)
{
    return share == Share::all || (row.number + column + verb) % 7 == 0;
}

/// Compares the cells of a row.
class Trial {
public:
    Trial(Row const& row, Complaints const& told,
          TemporaryDirectory const& folder, Bash const& bash)
        : row_(row), told_(told), bash_(bash), workplace_(folder)
    {
    }

    void run(Share share)
    {
        for (std::size_t i = 0; i < row_.columns.size(); ++i) {
            ::alarm(60); // a limit for each column: a row has thousands of runs
            auto const& [context, written, in_text] = row_.columns[i];
            for (std::size_t j = 0; written.x && j < std::size(verbs); ++j)
                if (is_in(share, row_, i, j)
                    && remark_on(holes, row_.source, context, verbs[j]).empty())
                    cell(i, verbs[j]);
        }
    }

private:
    void cell(std::size_t index, Verb const& verb)
    {
        auto const& [context, written, in_text] = row_.columns[index];
        auto const refusals = refusals_of(row_.source, context, verb);
        try {
            auto const& x = verb.is_text ? *in_text : *written.x;
            auto const found = workplace_.run_by(verb, row_.source, x);
            if (!refusals.empty())
                complain(context, verb, "is not refused");
            else
                compare(index, verb, found);
        } catch (std::exception const& error) {
            bool const is_wanted =
                std::ranges::any_of(
                    refusals,
                    [&](auto part) { return has_word(error.what(), part); })
                && dynamic_cast<std::invalid_argument const*>(&error)
                       != nullptr;
            if (!is_wanted)
                complain(context, verb, std::string("throws ") + error.what());
            else if (!workplace_.is_untouched())
                complain(context, verb, "is refused, but has done something");
        }
    }

    void compare(std::size_t index, Verb const& verb, Places found)
    {
        auto const& context = row_.columns[index].context;
        auto const bash = bash_.places(index, context);
        auto wanted = Expectation(row_.source, context, verb, bash).places();
        // Of capture_output, `errors` is looked at, all stages together; its
        // captures stand behind those of the expression.
        bool const adds = verb.does == Does::capture_output;
        std::erase_if(found, [&](auto const& place) {
            auto const& name = place.first;
            bool const is_added =
                name == "err" || name == "errors" || name.starts_with("cap");
            return (adds || name == "errors") && is_added
                && !wanted.contains(name);
        });
        if (verb.is_text && passes_code(row_.source, context)) {
            for (auto& [name, text] : wanted)
                text = with_newlines(text, false);
            for (auto& [name, text] : found)
                text = with_newlines(text, true);
        }
        bool const any_order = is_free(row_.source, context);
        bool const mixes = mixes_bytes(row_.source, context);
        for (auto const& [name, text] : wanted) {
            bool const sorts = any_order || name == "errors";
            auto const comparable = [&](std::string const& given) {
                return mixes ? by_byte(given) : sorts ? by_line(given) : given;
            };
            auto const mine = comparable(found[name]);
            auto const other = comparable(text);
            if (mine != other)
                complain(context, verb,
                         name + ": \"" + escaped(mine) + "\", wanted \""
                             + escaped(other) + '"');
        }
        for (auto const& [name, text] : found)
            if (!wanted.contains(name))
                complain(context, verb,
                         name + ": \"" + escaped(text) + "\", wanted none");
    }

    /// Not in marked lines that were found: there the stage must have done it.
    static std::string with_newlines(std::string_view text, bool is_found)
    {
        std::string all;
        while (!text.empty()) {
            auto const end = std::min(text.find('\n'), text.size() - 1);
            auto line = std::string(text.substr(0, end + 1));
            text.remove_prefix(end + 1);
            bool const is_marked = is_found && has_word(line, "S:");
            if (line.ends_with("\r\n") && !is_marked)
                line.erase(line.size() - 2, 1);
            all += line;
        }
        return all;
    }

    static std::string by_byte(std::string text)
    {
        std::ranges::replace(text, '|', ' ');
        std::ranges::sort(text);
        return text;
    }

    /// Records do not end where lines do.
    static std::string by_line(std::string text)
    {
        std::ranges::replace(text, '|', ' ');
        return sorted(text);
    }

    void complain(Context const& context, Verb const& verb,
                  std::string const& what) const
    {
        told_.complain("e = " + std::string(row_.source.name)
                       + "; x = " + std::string(context.name) + "; "
                       + std::string(verb.name) + ": " + what);
    }

    Row const& row_;
    Complaints const& told_;
    Bash const& bash_;
    Workplace workplace_;
};

/// Returns what is wrong, a line for each cell; empty if nothing is.
inline std::string wrong_cells(Row const& row, Share share)
{
    TemporaryDirectory const folder;
    Bash const bash(row, folder);
    return in_private_process([&](Complaints const& told) {
        Trial(row, told, folder, bash).run(share);
    });
}

} // namespace runnel::test::crossed
