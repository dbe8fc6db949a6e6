// `using namespace runnel;` beside every header of POSIX and glibc: no name of
// ours may become ambiguous.
#include "system_headers.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;

template <class...>
struct Types;

TEST_CASE("every public name can be used beside the headers of the system",
          "[api]")
{
    using Named =
        Types<CalledProcessError, Capture, CaptureLimit, CaptureOverflow,
              ChildView, Command, Communicated, CompletedProcess,
              Connected<Ends{}>, DryRun, Ends, Environment, ErrToOut, Executor,
              ExitStatus, Expression, Id, Job, Line, LineOptions, LineRange,
              Lines, Listed<PlanNode::Kind::all_of>, Negated<Ends{}>, Observer,
              OnDestroy, OutToErr, Output, Pathname, Pipeline, Plan, PlanNode,
              PlanNodePtr, PlannedStage, Popen, PopenOptions, PreexecFn, Prefix,
              Pump, Quoting, ReadStream, Redirection, ResourceUsage, RunOptions,
              SameAs, SpawnError, SpawnStep, StageResult, StderrOf<Ends{}>,
              Stdio, StopRequested, StopSource, StopToken, Stream,
              SubprocessError, Target, Teardown, Text, Timeout, TimeoutExpired,
              ToBoth, ToErr, ToFd, ToString, Word, WriteStream>;
    static_assert(sizeof(Named*) > 0);

    std::string target;
    auto const e = (cmd("true") < text("x")) | sh("true") | cmd("true");
    auto const f = e > append("/dev/null");
    auto const g = cmd("true") > devnull;
    auto const h = cmd("true") | to(target);
    auto const i = cmd("true") | capture;
    auto const j = pipe_to(cmd("true"), cmd("true"));
    auto const k = write_to(cmd("true"), capture);
    auto const l = read_from(cmd("true"), devnull);
    auto const m = cmd("true") | lines;
    auto const plan = make_plan(f);
    CHECK(plan.stages.size() == 3);
    CHECK(run(i));
    check(cmd("true"));
    CHECK(read(cmd("echo", "x")) == "x");
    CHECK(to_string(cmd("a")) == "a");
    CHECK(to_string(ExitStatus::of_code(0)) == "exit code 0");
    CHECK(to_string(SpawnStep::exec) == "exec");
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(exit_category().name() == std::string("exit status"));
    CHECK(set_default_observer(nullptr) == nullptr);
}
