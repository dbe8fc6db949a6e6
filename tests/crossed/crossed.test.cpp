// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Every feature crossed with every other: what an expression can be made of
// (sources.hpp), in what can be written around it (contexts.hpp), by every verb,
// in bytes and in text (table.hpp), against what bash does (trial.hpp).
//
// A failure is one line that names the cell. A new kind of part, target or
// verb belongs into these lists; the counts below change with it.
#include "crossed/table.hpp"
#include "crossed/trial.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <variant>

using namespace runnel;
using namespace runnel::test;
using namespace runnel::test::crossed;

namespace {

static_assert(std::variant_size_v<Target> == 5,
              "a new target: it needs contexts in the crossed table");
static_assert(static_cast<int>(PlanNode::Kind::together) == 8,
              "a new kind of part: it needs a source in the crossed table");

std::vector<Row> const& rows()
{
    static auto const all = [] {
        auto made = std::make_unique<std::vector<Row>>();
        for_each_source(
            [&](Source const& source, auto const& e, auto const& in_text) {
                made->push_back(row_of(made->size(), source, e, in_text));
            });
        return made;
    }();
    return *all;
}

std::string wrong_cells_of(std::string_view source, Share share = Share::pairs)
{
    // A thousand cells take long where several programs share a processor.
    Watchdog const watchdog(100);
    // Files are quicker in memory.
    std::optional<ScopedVariable> in_memory;
    if (::access("/dev/shm", W_OK) == 0)
        in_memory.emplace("TMPDIR", "/dev/shm");
    for (auto const& row : rows())
        if (row.source.name == source)
            return wrong_cells(row, share);
    return "there is no source \"" + std::string(source) + "\"";
}

std::string name_of(Row const& row, Column const& column)
{
    return "e = " + std::string(row.source.name)
         + "; x = " + std::string(column.context.name);
}

/// What is wrong with how a column was written; empty if nothing is.
std::string wrongly_written(Row const& row, Column const& column)
{
    auto const& [context, written, in_text] = column;
    bool const is_pipeline = row.source.name == "Pipeline";
    bool const makes_sense = crossed::makes_sense(row.source, context);
    bool const grouped = needs_grouped(row.source, context);
    if (written.compiles != (is_pipeline || (makes_sense && !grouped)))
        return written.compiles ? "compiles" : "does not compile";
    if (written.x.has_value() != makes_sense)
        return makes_sense ? "is refused: " + written.refusal
                           : "is not refused when it is written";
    if (makes_sense)
        return written.readers == wanted_readers(context, written)
                 ? ""
                 : "compiles in front of the wrong readers";
    return row.source.is_range
                || has_word(written.refusal, "is connected twice")
             ? ""
             : "is refused in other words: " + written.refusal;
}

using Counts = std::map<std::string, int>;

void count(Row const& row, Column const& column, Counts& counts)
{
    auto const& [context, written, in_text] = column;
    if (!written.x) {
        ++counts[row.source.name == "Pipeline"
                     ? "expressions refused when written"
                     : "expressions refused by the compiler"];
        return;
    }
    ++counts["expressions"];
    for (auto const& verb : verbs) {
        auto const hole = remark_on(holes, row.source, context, verb);
        auto const refusals = refusals_of(row.source, context, verb);
        if (!hole.empty()) {
            ++counts["left out: " + std::string(hole)];
        } else if (!refusals.empty()) {
            ++counts["refused: " + std::string(refusals.front())];
        } else {
            ++counts["cells run"];
            auto const rule = remark_on(unlike_bash, row.source, context, verb);
            if (!rule.empty())
                ++counts["unlike bash: " + std::string(rule)];
        }
    }
}

Strings table()
{
    Counts counts;
    for (auto const& row : rows())
        for (auto const& column : row.columns)
            count(row, column, counts);
    Strings lines;
    for (auto const& [what, number] : counts)
        lines.push_back(what + ": " + std::to_string(number));
    return lines;
}

} // namespace

TEST_CASE("what makes sense can be written, and nothing else compiles or is "
          "accepted",
          "[crossed]")
{
    std::string wrong;
    for (auto const& row : rows())
        for (auto const& column : row.columns)
            if (auto const what = wrongly_written(row, column); !what.empty())
                wrong += name_of(row, column) + ": " + what + '\n';
    CHECK(wrong == "");
}

TEST_CASE("every cell of the crossed table is run, refused, or left out for a "
          "reason",
          "[crossed]")
{
    CHECK(table()
          == Strings{
              "cells run: 32497",
              "expressions: 1924",
              "expressions refused by the compiler: 363",
              "expressions refused when written: 13",
              "left out: ChunkOptions has no text mode: it does not compile: "
              "3848",
              "left out: LineOptions has no input: it does not compile: 1044",
              "left out: first(1) may end the command, which `!` takes for a "
              "failure then: 24",
              "left out: it is not determined how many of the writers have run "
              "when first(1) ends them: 168",
              "left out: the expression of into() is tagged, the command "
              "itself is not: 2",
              "left out: two commands read one input: what each of them gets "
              "is not determined: 24",
              "refused: Stdio::pipe needs : 644",
              "refused: capture_output is given, but stderr of : 246",
              "refused: connected already: 11527",
              "unlike bash: a pipeline in front of a pipe is no group: what "
              "does not feed its next stage goes to stdout of the longer "
              "pipeline: 890",
              "unlike bash: captures are connected before other redirections, "
              "as pipes are: 436",
              "unlike bash: grouped() of a command is that command: the "
              "expression of a from() or into() does not get its "
              "redirections: 26",
          });
}

TEST_CASE("a command does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("command") == "");
}

TEST_CASE("a shell script does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("shell script") == "");
}

TEST_CASE("a range of C++ does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("range") == "");
}

TEST_CASE(
    "a range that feeds a command does what bash does, wherever it stands",
    "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("range into a command") == "");
}

TEST_CASE("a command that reads text does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("text") == "");
}

TEST_CASE("a command that reads a file does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("file") == "");
}

TEST_CASE(
    "a command that is given input does what bash does, wherever it stands",
    "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("input") == "");
}

TEST_CASE("a pipeline that ends in C++ does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("in-process stage") == "");
}

TEST_CASE("C++ without a command does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("words of in-process code") == "");
}

TEST_CASE(
    "a pipeline that ends in first(n) does what bash does, wherever it stands",
    "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("first lines") == "");
}

TEST_CASE("a pipeline does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("pipeline") == "");
}

TEST_CASE(
    "a group with a redirection inside does what bash does, wherever it stands",
    "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("group with a redirection inside") == "");
}

TEST_CASE("a pipe of stderr does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("pipe of stderr") == "");
}

TEST_CASE("a list of && does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("&&") == "");
}

TEST_CASE("a list of || does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("||") == "");
}

TEST_CASE("a list of seq does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("seq") == "");
}

TEST_CASE("a negated command does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("!") == "");
}

TEST_CASE("a list in a pipeline does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("list in a pipeline") == "");
}

TEST_CASE("a command with from(...) does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("from") == "");
}

TEST_CASE("a command with into(...) does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("into") == "");
}

TEST_CASE("a tee with a branch does what bash does, wherever it stands",
          "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("tee") == "");
}

TEST_CASE("a Pipeline does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("Pipeline") == "");
}

// --- what is read without an expression ------------------------------------------

namespace {

template <class T>
constexpr bool is_read = requires(T& from) {
    from | lines;
    from | records(' ');
    from | chunks(7);
};

// A file and a stream have readers, and are written around in no other way.
static_assert(is_read<Stdio const> && is_read<ReadStream>);
static_assert(!is_read<Text const> && !is_read<std::string const>);
static_assert(!is_read<std::vector<std::string> const>);

template <class T>
constexpr bool is_an_expression =
    requires(T& from) { from | tagged; }
    || requires(T& from) { from | capture; }
    || requires(T& from) { from | tee(capture); }
    || requires(T& from) { from > "f"; } || requires(T& from) { run(from); };
static_assert(!is_an_expression<Stdio const> && !is_an_expression<ReadStream>);
static_assert(!is_an_expression<Text const>);

/// What all readers of `open()` give, in bytes and in text.
template <class Open>
Strings all_readings(Open open)
{
    Strings all;
    for (bool const is_text : {false, true})
        for (bool const keeps : {false, true})
            for (char const delimiter : {'\n', ' '}) {
                LineOptions how{.keep_ends = keeps, .delimiter = delimiter};
                if (is_text)
                    how.encoding = "latin-1";
                auto&& from = open();
                all.push_back(joined(collect(from | lines(how)), "|"));
            }
    auto&& from = open();
    all.push_back(joined_bytes(from | chunks(7)));
    return all;
}

} // namespace

TEST_CASE("a file, a stream and a job are read as the output of a command is",
          "[crossed]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const in = folder / "in";
    write_file(in, file_bytes);
    auto const copy = cmd(child("copy")) < in;
    auto const wanted = all_readings([&] { return copy; });
    CHECK(wanted.front() == std::string("fi\0le \xff\r|last|", 14));
    CHECK(all_readings([&] { return Stdio(in); }) == wanted);
    std::optional<Popen> popen;
    CHECK(all_readings([&]() -> ReadStream& {
              popen.emplace({Word(child("copy"))},
                            PopenOptions{.in = in, .out = Stdio::pipe});
              return popen->out();
          })
          == wanted);
    std::optional<Job> job;
    CHECK(all_readings([&]() -> ReadStream& {
              job.emplace(start(copy > Stdio(Stdio::pipe)));
              return job->out();
          })
          == wanted);
}

TEST_CASE("every cell of the crossed table", "[.nightly][nightly]")
{
    for (auto const& row : rows())
        CHECK(wrong_cells_of(row.source.name, Share::all) == "");
}

TEST_CASE("together does what bash does, wherever it stands", "[crossed]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_cells_of("together") == "");
}
