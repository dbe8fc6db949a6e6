// Makes children. Two ways to the same end:
//
// - clone3 with shared memory: the child runs on a stack in `Frame`, and its
//   failure is read from the plan. Alone, we are suspended until it executes
//   (CLONE_VFORK); in a group we go on, and the kernel clears `Frame::alive`
//   when the child has executed or ended.
// - fork, for what must not share memory (user code, changed ids: they would
//   clear this process's "dumpable" flag) and where clone3 is refused. The
//   failure comes through a pipe that closes by itself at exec.
//
// Everything that the child needs is prepared before, by `Frame`.
#include "sys/spawn.hpp"
#include "sys/fd.hpp"
#include "sys/linux/child.hpp"
#include "sys/pipe.hpp"
#include "sys/posix/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/posix/path.hpp"
#include "sys/posix/raw_syscall.hpp"
#include "sys/posix/strings.hpp"
#include "sys/signal.hpp"

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstddef>
#include <cstring>
#include <exception>
#include <memory_resource>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/wait.h>

extern "C" char** environ;

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

constexpr std::size_t stack_size = 8192;

/// Above this width a gap between descriptors is likely to be full of others.
constexpr unsigned wide_gap = 256;

int highest_target(std::span<FdMove const> moves)
{
    int highest = 2;
    for (auto const& move : moves)
        highest = std::max(highest, move.target);
    return highest;
}

using Numbers = std::pmr::vector<int>;
using Gaps = std::pmr::vector<ChildGap>;

void sort_unique(Numbers& numbers)
{
    std::ranges::sort(numbers);
    auto const rest = std::ranges::unique(numbers);
    numbers.erase(rest.begin(), rest.end());
}

/// The runs of numbers from 3 on that are not in `wanted`.
Gaps gaps_between(Numbers wanted)
{
    sort_unique(wanted);
    Gaps gaps(wanted.get_allocator());
    gaps.reserve(wanted.size() + 1);
    unsigned next = 3;
    for (int const fd : wanted) {
        auto const number = static_cast<unsigned>(fd);
        if (number < next)
            continue;
        if (number > next)
            gaps.push_back({next, number - 1});
        next = number + 1;
    }
    gaps.push_back({next, UINT_MAX});
    return gaps;
}

// The kernel hands out the lowest free number, so a wide gap below one of our
// own descriptors is full; otherwise the open end is the best guess.
ChildGap hole_between(Numbers needed)
{
    auto const gaps = gaps_between(std::move(needed));
    auto const width = [](ChildGap gap) { return gap.last - gap.first; };
    ChildGap widest{0, 0};
    for (auto const gap : std::span(gaps).first(gaps.size() - 1))
        if (width(gap) > width(widest))
            widest = gap;
    return width(widest) >= wide_gap ? widest : gaps.back();
}

void copy_text(char const* from, char* into, std::size_t room)
{
    std::strncpy(into, from, room - 1);
    into[room - 1] = '\0';
}

int error_number(std::system_error const& error)
{
    auto const& category = error.code().category();
    bool const ours = category == std::generic_category()
                   || category == std::system_category();
    return ours && error.code().value() > 0 ? error.code().value() : ECANCELED;
}

bool run_preexec(ChildPlan& plan)
{
    plan.report.step = SpawnStep::preexec;
    plan.report.error = ECANCELED;
    char const* what = "an exception of unknown type";
    try {
        plan.preexec_function(plan.preexec_context);
        plan.report.error = 0;
        return true;
    } catch (std::system_error const& error) {
        plan.report.error = error_number(error);
        copy_text(error.what(), plan.report.detail, sizeof plan.report.detail);
        return false;
    } catch (std::exception const& error) {
        copy_text(error.what(), plan.report.detail, sizeof plan.report.detail);
        return false;
    } catch (...) {
    }
    copy_text(what, plan.report.detail, sizeof plan.report.detail);
    return false;
}

bool must_fork(SpawnRequest const& request)
{
    return !has_raw_syscalls || request.preexec != nullptr
        || std::ranges::any_of(request.actions, needs_fork, &ChildAction::kind);
}

/// Refusals of clone3 itself: an old kernel, a sandbox, an emulator.
bool refused(long result)
{
    return result == -ENOSYS || result == -EPERM || result == -EINVAL;
}

} // namespace

/// All that a child reads, and the stack that it runs on, in one piece: after
/// an exec every page that is touched costs.
struct Launch::Frame {
    alignas(16) char stack[stack_size];
    /// 1 while a child of a group shares our memory; the kernel zeroes it.
    int alive = 0;
    ChildPlan plan;
    alignas(std::max_align_t) char first_memory[1536];
    std::pmr::monotonic_buffer_resource memory{first_memory,
                                               sizeof first_memory};
    Strings candidates{&memory};
    std::pmr::vector<char const*> args{&memory};
    std::pmr::vector<char const*> environment{&memory};
    std::pmr::vector<ChildMove> moves{&memory};
    Numbers kept{&memory};
    Gaps gaps{&memory};
    Fd report;
    bool by_fork = false;

    // The stack stays as it comes: clearing it would cost more than the rest.
    explicit Frame(SpawnRequest const& request)
    {
        plan.calls = &calls();
        set_program(request);
        set_descriptors(request);
        plan.actions = request.actions.data();
        plan.action_count = request.actions.size();
        set_preexec(request);
    }

    void set_program(SpawnRequest const& request)
    {
        args.reserve(request.args.size() + 1);
        for (auto const& arg : request.args)
            args.push_back(arg.c_str());
        args.push_back(nullptr);
        plan.args = args.data();
        set_environment(request);
        set_candidates(request);
    }

    void set_environment(SpawnRequest const& request)
    {
        if (request.environment == nullptr) {
            plan.environment = environ;
            return;
        }
        environment.reserve(request.environment->size() + 1);
        for (auto const& entry : *request.environment)
            environment.push_back(entry.c_str());
        environment.push_back(nullptr);
        plan.environment = environment.data();
    }

    /// For a child beside which we run on: what `setenv` does to the array
    /// then must not reach it.
    void copy_environment()
    {
        if (plan.environment != environ || environ == nullptr)
            return;
        char** end = environ;
        while (*end != nullptr)
            ++end;
        environment.assign(environ, end + 1);
        plan.environment = environment.data();
    }

    void set_candidates(SpawnRequest const& request)
    {
        auto const program = request.program;
        if (program.find('/') != std::string_view::npos)
            candidates.add({program});
        else
            add_candidates(program, search_path(plan.environment), candidates);
        plan.candidates = candidates.pointers();
    }

    void set_descriptors(SpawnRequest const& request)
    {
        int const highest = highest_target(request.moves);
        plan.lift_above = highest + 1;
        moves.reserve(request.moves.size());
        for (auto const& [source, target] : request.moves)
            moves.push_back(
                {source, target, source <= highest && source != target});
        plan.moves = moves.data();
        plan.move_count = moves.size();
        kept.assign(request.kept.begin(), request.kept.end());
        sort_unique(kept);
        plan.kept = kept.data();
        plan.kept_count = kept.size();
        plan.close_others = request.close_others;
    }

    /// Which numbers to close; the report descriptor stays open as well.
    void set_gaps()
    {
        if (!plan.close_others)
            return;
        auto wanted = targets();
        if (plan.report_fd >= 0)
            wanted.push_back(plan.report_fd);
        gaps = gaps_between(std::move(wanted));
        plan.gaps = gaps.data();
        plan.gap_count = gaps.size();
    }

    void set_hole()
    {
        auto needed = targets();
        for (auto const& move : moves)
            needed.push_back(move.source);
        plan.hole = hole_between(std::move(needed));
        plan.shares_table = true;
    }

    Numbers targets()
    {
        Numbers numbers(&memory);
        numbers.reserve(kept.size() + 2 * moves.size() + 1);
        numbers.insert(numbers.end(), kept.begin(), kept.end());
        for (auto const& move : moves)
            numbers.push_back(move.target);
        return numbers;
    }

    void set_preexec(SpawnRequest const& request)
    {
        if (request.preexec == nullptr)
            return;
        plan.preexec = run_preexec;
        plan.preexec_function = request.preexec;
        plan.preexec_context = request.preexec_context;
    }

    bool in_child() noexcept
    {
        return std::atomic_ref(alive).load(std::memory_order_acquire) != 0;
    }

    void wait_until_executed() noexcept
    {
        while (in_child())
            calls().futex_wait(&alive, 1);
    }
};

Launch::Launch() noexcept = default;

Launch::Launch(Launch&& other) noexcept
    : frame_(std::move(other.frame_)), process_(std::move(other.process_)),
      running_(std::exchange(other.running_, false))
{
}

Launch& Launch::operator=(Launch&& other) noexcept
{
    std::swap(frame_, other.frame_);
    std::swap(process_, other.process_);
    std::swap(running_, other.running_);
    return *this;
}

Launch::~Launch()
{
    if (!running_)
        return;
    // Killed first: it may be held up before its program. Its memory is ours.
    static_cast<void>(process_->signal(SIGKILL));
    if (frame_)
        frame_->wait_until_executed();
    end(std::move(process_));
}

namespace {

/// Makes the child; without a pidfd if no descriptor is left for one.
long clone_child(clone_args& args, int& pidfd, void* plan)
{
    // No handler of ours may run in a child that has not reset them yet.
    SignalsBlocked const block;
    args.flags |= CLONE_PIDFD;
    args.pidfd = static_cast<__u64>(as_long(&pidfd));
    long const result = calls().clone3(&args, run_child, plan);
    if (result != -EMFILE && result != -ENFILE)
        return result;
    args.flags &= ~static_cast<__u64>(CLONE_PIDFD);
    args.pidfd = 0;
    return calls().clone3(&args, run_child, plan);
}

SpawnFailure failure_of(SpawnStep step, long result)
{
    return {step, code(result), {}, {}};
}

} // namespace

// The room for the child is made first: once it runs nothing may fail.
std::optional<SpawnFailure>
Launch::begin(Frame& frame, SpawnRequest const& request, Confirm confirm)
{
    process_ = std::make_unique<Process>();
    if (must_fork(request))
        return fork_child(frame);

    frame.set_gaps();
    frame.plan.handlers_cleared = true;
    clone_args args{};
    args.flags = CLONE_VM | CLONE_CLEAR_SIGHAND;
    args.exit_signal = SIGCHLD;
    args.stack = static_cast<__u64>(as_long(&frame.stack[0]));
    args.stack_size = stack_size;
    if (confirm == Confirm::later) {
        frame.alive = 1;
        args.flags |= CLONE_CHILD_CLEARTID;
        args.child_tid = static_cast<__u64>(as_long(&frame.alive));
    } else {
        args.flags |= CLONE_VFORK;
        if (frame.plan.close_others) {
            frame.set_hole();
            args.flags |= CLONE_FILES;
        }
    }
    int pidfd = -1;
    long const pid = clone_child(args, pidfd, &frame.plan);
    if (pid >= 0) {
        process_->adopt(static_cast<int>(pid), above_standard_or_none(pidfd));
        running_ = true;
        return {};
    }
    frame.alive = 0;
    if (refused(pid))
        return fork_child(frame);
    return failure_of(SpawnStep::fork, pid);
}

std::optional<SpawnFailure> Launch::fork_child(Frame& frame)
{
    auto pipe = open_pipe();
    if (!pipe)
        return SpawnFailure{SpawnStep::pipe, pipe.error, {}, {}};
    Fd report = std::move(pipe.value.write_end);
    auto& plan = frame.plan;
    if (report.get() < plan.lift_above) {
        int const lifted =
            calls().fcntl(report.get(), F_DUPFD_CLOEXEC, plan.lift_above);
        if (lifted < 0)
            return failure_of(SpawnStep::pipe, lifted);
        report.reset(lifted);
    }
    plan.shares_table = false;
    plan.handlers_cleared = false;
    plan.report_fd = report.get();
    frame.by_fork = true;
    frame.set_gaps();

    SignalsBlocked const block;
    int const pid = calls().fork();
    if (pid == 0)
        for (;;)
            raw_syscall(SYS_exit_group, run_child(&plan));
    if (pid < 0)
        return failure_of(SpawnStep::fork, pid);
    process_->adopt(pid, above_standard_or_none(calls().pidfd_open(pid)));
    frame.report = std::move(pipe.value.read_end);
    running_ = true;
    return {};
}

namespace {

// All of the report or, if the program executes, nothing: it fits one write.
void read_report(int fd, ChildReport& report)
{
    ChildReport incoming;
    auto const result = uninterrupted(
        [&] { return calls().read(fd, &incoming, sizeof incoming); });
    if (result == static_cast<long>(sizeof incoming))
        report = incoming;
}

} // namespace

std::optional<SpawnFailure> Launch::outcome(Frame& frame)
{
    frame.wait_until_executed();
    if (frame.by_fork) {
        read_report(frame.report.get(), frame.plan.report);
        frame.report.reset();
    }
    auto const& report = frame.plan.report;
    if (report.error == 0)
        return {};
    process_->wait(never);
    running_ = false;

    auto failure = failure_of(report.step, -report.error);
    failure.detail = report.detail;
    if (report.action >= 0)
        failure.subject = frame.plan.actions[report.action].subject;
    if (report.step == SpawnStep::exec && !frame.candidates.empty()
        && report.error != ENOENT && report.error != ENOTDIR)
        failure.subject = frame.plan.candidates[report.candidate];
    return failure;
}

std::optional<SpawnFailure> Launch::start(SpawnRequest const& request)
{
    Frame frame(request);
    auto failure = begin(frame, request, Confirm::at_once);
    return failure ? std::move(failure) : outcome(frame);
}

// Side by side, each child gets a copy of the whole descriptor table. With
// thousands of descriptors in it, one after the other is faster, as then the
// table need not be copied.
std::optional<SpawnFailure>
Launch::start_unconfirmed(SpawnRequest const& request)
{
    bool const crowded = std::ranges::any_of(request.moves, [](FdMove move) {
        return move.source > static_cast<int>(wide_gap);
    });
    frame_ = std::make_unique<Frame>(request);
    frame_->copy_environment();
    return begin(*frame_, request, crowded ? Confirm::at_once : Confirm::later);
}

std::optional<SpawnFailure> Launch::confirm()
{
    return outcome(*frame_);
}

std::unique_ptr<Process> Launch::take()
{
    running_ = false;
    frame_.reset();
    return std::move(process_);
}

} // namespace runnel::inline v0::sys
