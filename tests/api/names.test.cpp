// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `using namespace runnel;` beside every header of POSIX and glibc: no name of
// ours may become ambiguous.
#include "system_headers.hpp"

#include <runnel/log.hpp>
#include <runnel/progress.hpp>
#include <runnel/report.hpp>
#include <runnel/runnel.hpp>
#include <runnel/trace.hpp>

#include <catch2/catch.hpp>

using namespace runnel;

TEST_CASE("using namespace runnel is enough for the units of a time limit",
          "[api]")
{
    CHECK(run(cmd("true"), {.timeout = 60s}));
    CHECK(Timeout(1500ms).deadline({}) == Timeout(1.5s).deadline({}));
}

template <class...>
struct Types;

TEST_CASE("every public name can be used beside the headers of the system",
          "[api]")
{
    using Named =
        Types<Awaited, Backoff, CalledProcessError, Capture, CapturedStream,
              CaptureLimit, CaptureOverflow, ChildView, Chunk, ChunkOptions,
              ChunkRange, Chunks, ChunksWith, Command, Communicated,
              CompletedProcess, Connected<Ends{}>, Connection, Containment,
              DryRun, EndedJob, EndedJobs<std::span<Job>>, EndHandler,
              EndOfFile, Endpoint, Ends, Environment, ErrToOut, Executor,
              ExitStatus, Expression, Id, Interrupts, Job, JobSet, WaitSet,
              Line, LineOptions, LineRange, Lines, LinesWith, LineTooLong, Log,
              LogLevel, Listed<PlanNode::Kind::all_of>, Match, Negated<Ends{}>,
              NoMatch, Observer, OnDestroy, Output, OutToErr, Pathname,
              Pipeline, Plan, PlannedStage, PlanNode, PlanNodePtr, Popen,
              PopenOptions, PreexecFn, Prefix, ProcessSubstitution, Pump,
              Quoting, ReadStream, Program, ProgramCapture, ProgramCommand,
              ProgramGroup, ProgramHelper, ProgramPlace, ProgramUnit, Pty,
              Redirection, Resource, ResourceLimit, ResourceUsage, RestartLimit,
              RunOptions, Running, SameAs, Secrets, SpawnError, SpawnStep,
              StageResult, StderrOf<Ends{}>, Stdio, StopRequested, SplitOptions,
              StopSource, StopToken, Stream, SubprocessError, Supervised,
              SupervisedEnd, SuperviseOptions, Tagged, TaggedLine, HelperView,
              ProgressOptions, RunId, Trace, TaggedRange, TaggedWith, Target,
              Teardown, TeardownStep, Text, Timeout, TimeoutExpired, ToBoth,
              ToErr, ToFd, ToString, ToVector, UseExecutor, Word, WriteStream>;
    static_assert(sizeof(Named*) > 0);

    std::string target;
    auto const e = (cmd("true") < text("x")) | sh("true") | cmd("true");
    auto const f = e > append("/dev/null");
    auto const g = cmd("true") > devnull;
    auto const h = cmd("true") | to(target);
    auto const i = cmd("true") | capture;
    auto const j = cmd("true") | cmd("true");
    auto const k = cmd("true") > capture;
    auto const l = cmd("true") < devnull;
    auto const m = cmd("true") | lines;
    auto const n = cmd("true") | records('\0');
    auto const o = cmd("true") | chunks;
    auto const p = cmd("true") | tagged;
    auto const q = cmd("true") | tee("/dev/null") | first(1);
    auto const r = cmd("true") | stage(std::identity());
    auto const t = cmd("true", from(cmd("true")), into(cmd("true")));
    auto const plan = make_plan(f);
    CHECK(plan.stages.size() == 3);
    auto const s = cmd("true") | progress("x") | cmd("true");
    CHECK(make_plan(s).stages.size() == 2);
    CHECK(to_svg(plan).starts_with("<svg"));
    CHECK(to_table(run(i)).starts_with("stage"));
    CHECK(to_html(run(i), i).starts_with("<!DOCTYPE"));
    CHECK(lower(f).commands.size() == 3);
    CHECK(glob("/").size() == 1);
    CHECK(home("/x") == "/x");
    CHECK(secret("x").str() == secret_mask);
    UseExecutor const scope(local_executor());
    CHECK(run(i));
    check(cmd("true"));
    CHECK(retry(cmd("true"), 1));
    CHECK(supervise(cmd("true")));
    std::vector<Job> jobs;
    CHECK_FALSE(wait_any(jobs));
    for (auto const& ended : as_they_end(jobs))
        FAIL(ended.index);
    CHECK(read(cmd("echo", "x")) == "x");
    CHECK(read_lines(cmd("true")) == (m | to_vector));
    CHECK(to_string(cmd("a")) == "a");
    CHECK(join(split("a 'b c'")) == "a " + quote("b c"));
    CHECK(list2cmdline({"a", "b c"}) == "a \"b c\"");
    CHECK(to_string(ExitStatus::of_code(0)) == "exit code 0");
    CHECK(to_string(SpawnStep::exec) == "exec");
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(exit_category().name() == std::string("exit status"));
    CHECK(set_default_observer(nullptr) == nullptr);
}
