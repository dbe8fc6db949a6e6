// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `to_table`, `to_svg` and `to_html`.
#include "seen/support.hpp"
#include "support/leaks.hpp"

#include <runnel/report.hpp>

#include <catch2/catch.hpp>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

StageResult made_stage(std::string command, int pid = 7)
{
    StageResult stage;
    stage.command = std::move(command);
    stage.pid = pid;
    stage.status = ExitStatus::of_code(0);
    stage.wall_time = 4110us;
    stage.usage.user_time = 512us;
    stage.usage.system_time = 1200us;
    stage.usage.max_rss_kib = 3994;
    return stage;
}

CompletedProcess made_result()
{
    CompletedProcess result;
    result.stages = {made_stage("dmesg"), made_stage("grep hda")};
    result.stages[1].status = ExitStatus::of_code(1);
    result.stages[1].failed = true;
    result.stages[0].usage.bytes_read = 17;
    result.stages[0].usage.bytes_written = 52'000;
    result.failed = true;
    result.returncode = 1;
    return result;
}

/// Not well-formed: what is wrong.
std::string xml_errors(std::string const& text)
{
    auto const e = (cmd("python3", "-c",
                        "import sys, xml.dom.minidom as x; "
                        "x.parseString(sys.stdin.buffer.read())")
                    < runnel::text(text))
                 > both(capture);
    return run(e).out.str();
}

/// What is wrong with the elements of a page.
std::string html_errors(std::string const& text)
{
    auto const e = (cmd("python3", child("check_page.py")) < runnel::text(text))
                 > both(capture);
    return run(e).out.str();
}

} // namespace

TEST_CASE("a table has a row for each stage, and its columns are aligned",
          "[seen][table]")
{
    CHECK(
        to_table(made_result())
        == "stage     status          wall    user      sys       RSS  read   "
           "written\n"
           "dmesg     exit code 0  4.11 ms  512 us  1.20 ms  3.90 MiB  17 B  "
           "50.8 KiB\n"
           "grep hda  exit code 1  4.11 ms  512 us  1.20 ms  3.90 MiB\n");
}

TEST_CASE("a table says why a command did not run to its end", "[seen][table]")
{
    auto result = made_result();
    result.stages[0] = made_stage("a", -1);
    result.stages[1].timed_out = true;
    result.stages[1].status = ExitStatus::of_signal(9);
    result.stages.push_back(made_stage("c", -1));
    result.stages.back().refusal = "cannot start \"c\"";
    auto const table = to_table(result);
    CHECK(has(table, "a         not run\n"));
    CHECK(has(table, "killed by SIGKILL, time is up"));
    CHECK(has(table, "c         cannot start \"c\"\n"));
}

TEST_CASE("a table of several results numbers them", "[seen][table]")
{
    std::vector const results{made_result(), made_result()};
    auto const rows = lines_of(to_table(results));
    REQUIRE(rows.size() == 5);
    CHECK(rows[0].starts_with("run  stage"));
    CHECK(rows[3].starts_with("  2  dmesg"));
}

TEST_CASE("a table of jobs names them, also those that could not be started",
          "[seen][table][parallel]")
{
    NoLeaks const no_leaks;
    std::vector<std::pair<std::string, Pipeline>> const steps{
        {"good", cmd(child("exit_with"), 0)},
        {"missing", cmd("/no/such/program")}};
    std::vector<Finished> all;
    for (Finished const& done : steps | parallel({.order = ResultOrder::input}))
        all.push_back(done);
    auto const rows = lines_of(to_table(all));
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].starts_with("job "));
    CHECK(rows[1].starts_with("good "));
    CHECK(rows[2].starts_with("missing "));
    CHECK(has(rows[2], "cannot start \"/no/such/program\""));
}

TEST_CASE("wide characters keep the columns of a table aligned",
          "[seen][table]")
{
    auto result = made_result();
    result.stages[0].command = "\u4e2d\u6587";
    auto const rows = lines_of(to_table(result));
    CHECK(rows[1].starts_with("\u4e2d\u6587      exit code 0"));
}

TEST_CASE("a table of a real run is whole", "[seen][table]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "abc") | cmd(child("copy")) | capture;
    auto const table = to_table(run(e, {.count_bytes = true}));
    CHECK(lines_of(table).size() == 3);
    CHECK(has(table, "captured\n"));
    CHECK(has(table, " 3 B"));
}

TEST_CASE("reports mask secrets", "[seen][table][html][secrets][guard]")
{
    NoLeaks const no_leaks;
    auto const e =
        (cmd(child("copy"), "-" + secret("hush")) < text("x" + secret("hush")))
        > capture;
    auto const done = run(e, {.count_bytes = true});
    for (auto const& report : {to_table(done), to_html(done), to_html(done, e),
                               to_svg(make_plan(e))}) {
        CHECK_FALSE(has(report, "hush"));
        CHECK((has(report, "***") || has(report, "-***")));
    }
    // A result need not come from the library's own hands.
    auto result = made_result();
    result.stages[0].command = "login hush";
    result.stages[0].secrets.add("hush");
    CHECK_FALSE(has(to_table(result), "hush"));
    CHECK_FALSE(has(to_html(result), "hush"));
}

TEST_CASE("text of others is escaped in reports", "[seen][html][guard]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("print_args"), "</title><script>&\"'\n\x1b\xff") | capture;
    auto const done = run(e);
    auto const page = to_html(done, e);
    CHECK_FALSE(has(page, "<script"));
    CHECK(has(page, "&lt;/title&gt;&lt;script&gt;&amp;&quot;"));
    CHECK(html_errors(page) == "");
    CHECK(xml_errors(to_svg(make_plan(e))) == "");
    CHECK(lines_of(to_table(done)).size() == 2);
}

TEST_CASE("a picture is XML whatever is in the words", "[seen][html]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("true", "\xef\xbf\xbe\xef\xbf\xbf", "\xff\x01");
    CHECK(xml_errors(to_svg(make_plan(e))) == "");
}

TEST_CASE("a page shows picture, time and table, and nothing from elsewhere",
          "[seen][html]")
{
    NoLeaks const no_leaks;
    auto const e =
        (cmd(child("print"), "abc") | tee(capture) | cmd(child("copy")))
        > capture;
    auto const page = to_html(run(e), e);
    CHECK(html_errors(page) == "");
    CHECK(has(page, "<svg"));
    CHECK(has(page, "class=\"bar run\""));
    CHECK(has(page, "<table>"));
    CHECK(has(page, "prefers-color-scheme: dark"));
    CHECK_FALSE(has(page, "src="));
    CHECK_FALSE(has(page, "href="));
    CHECK_FALSE(has(page, "url("));
}

TEST_CASE("a page of a run in which nothing started has no timeline",
          "[seen][html]")
{
    CompletedProcess result;
    result.stages = {made_stage("x", -1)};
    auto const page = to_html(result);
    CHECK(html_errors(page) == "");
    CHECK_FALSE(has(page, "class=\"bar"));
}

TEST_CASE("every shape and arrow of a plan is drawn as SVG", "[seen][html]")
{
    auto const e =
        ((cmd("a") < "in") | tee("copy") | first(3) | cmd("b", from(cmd("c"))))
        > devnull;
    auto const svg = to_svg(make_plan(e));
    CHECK(xml_errors(svg) == "");
    for (auto const* name :
         {"a", "in", "copy", "tee", "first(3)", "c", "/dev/null"})
        CHECK(has(svg, '>' + std::string(name) + "</text>"));
    CHECK(count_of(svg, "class=\"arrow") == 7);
}

TEST_CASE("the picture of a list shows its order with dashed arrows",
          "[seen][html]")
{
    auto const svg = to_svg(make_plan(cmd("a") && cmd("b")));
    CHECK(has(svg, "class=\"arrow order\""));
    CHECK(has(svg, ">&amp;&amp;</text>"));
}

TEST_CASE("a page marks the commands that failed", "[seen][html]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("exit_with"), 1) || cmd(child("exit_with"), 0);
    auto const page = to_html(run(e), e);
    CHECK(count_of(page, "class=\"shape bad\"") == 1);
    CHECK(count_of(page, "class=\"shape good\"") == 1);
}
