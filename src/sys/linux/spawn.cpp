// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Starts children, in one of two ways:
//
// - clone3 with shared memory: the child runs on a stack in `Frame`, and its
//   failure is read from the plan. If the child starts alone, this thread is
//   suspended until the child executes (CLONE_VFORK). If it starts in a group,
//   this thread goes on, and the kernel clears `Frame::alive` when the child
//   has executed or ended.
// - fork, where clone3 is refused, and for children that must not share memory:
//   those that run user code, and those that change ids, which would clear this
//   process's "dumpable" flag. The failure comes through a pipe; see
//   report.cpp.
//
// `Frame` prepares everything that the child needs.
#include "sys/spawn.hpp"
#include "sys/activity.hpp"
#include "sys/linux/calls.hpp"
#include "sys/linux/child.hpp"
#include "sys/linux/frame.hpp"
#include "sys/linux/parent_thread.hpp"
#include "sys/linux/raw_syscall.hpp"
#include "sys/linux/report.hpp"
#include "sys/orphans.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/signal.hpp"

#include <algorithm>
#include <atomic>

#include <linux/sched.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

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
    // The child is killed first: it may be held up before its program. It uses
    // the memory of `frame_` until it has executed or ended.
    static_cast<void>(process_->signal(SIGKILL));
    if (frame_)
        frame_->wait_until_executed();
    end(std::move(process_));
}

namespace {

/// Makes the child; without a pidfd if no descriptor is left for one.
long clone_child(clone_args& args, int& pidfd, void* plan)
{
    // No handler of this process may run in a child before the handlers are
    // reset.
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

// The kernel sends the signal of `die_with_parent` when the thread that made
// the child ends, not when the process ends.
std::optional<SpawnFailure> Launch::begin_on_parent_thread(Way way)
{
    std::optional<SpawnFailure> failure;
    try {
        on_parent_thread([&] {
            failure = begin(way, By::parent_thread);
            return failure ? -1 : process_->pid();
        });
    } catch (std::system_error const& error) {
        return SpawnFailure{SpawnStep::fork, error.code(), {}, {}};
    }
    return failure;
}

// The `ChildProcess` is allocated first: once the child runs, nothing may fail.
std::optional<SpawnFailure> Launch::begin(Way way, By by)
{
    if (by == By::this_thread && dies_with_parent(frame_->request)
        && !is_main_thread())
        return begin_on_parent_thread(way);
    process_ = std::make_unique<ChildProcess>();
    if (must_fork(frame_->request))
        return fork_child();

    auto args = frame_->arguments_of_clone(way);
    int pidfd = -1;
    Birth const birth;
    long const pid = clone_child(args, pidfd, &frame_->plan);
    if (pid >= 0) {
        process_->adopt(static_cast<int>(pid), above_standard_or_none(pidfd));
        running_ = true;
        return {};
    }
    frame_->alive = 0;
    if (refused(pid))
        return fork_child();
    return failure_of(SpawnStep::fork, pid);
}

std::optional<SpawnFailure> Launch::fork_child()
{
    auto& plan = frame_->plan;
    plan.shares_table = false;
    plan.handlers_cleared = false;
    auto const report_end = frame_->open_report();
    if (!report_end)
        return SpawnFailure{SpawnStep::pipe, report_end.error, {}, {}};
    frame_->set_gaps();

    SignalsBlocked const block;
    Birth const birth;
    int const pid = calls().fork();
    if (pid == 0)
        for (;;)
            raw_syscall(SYS_exit_group, run_child(&plan));
    if (pid < 0)
        return failure_of(SpawnStep::fork, pid);
    process_->adopt(pid, above_standard_or_none(calls().pidfd_open(pid)));
    running_ = true;
    return {};
}

std::optional<SpawnFailure> Launch::outcome()
{
    auto& frame = *frame_;
    frame.wait_until_executed();
    if (frame.report) {
        receive_report(frame.report.get(), process_->watchable(),
                       frame.plan.report);
        frame.report.reset();
    }
    auto const& report = frame.plan.report;
    if (report.error == 0)
        return {};
    process_->wait_as_only_user();
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
    frame_ = std::make_unique<Frame>(request);
    auto failure = begin(Way::alone);
    return failure ? std::move(failure) : confirm();
}

namespace {

// When a child shares our memory and this thread is not suspended, gdb takes its
// breakpoints out of the memory of "the child", and they are gone here: the program
// never stops at one again. Asked once, since a look at /proc takes as long as a
// start of a small program.
bool has_debugger()
{
    static std::atomic<int> known{-1};
    if (known < 0)
        known = is_in_debugger();
    return known > 0;
}

// Those of this library are counted. A new descriptor gets the lowest number that is
// free, so a high number tells of others.
bool has_many_descriptors(SpawnRequest const& request)
{
    constexpr int many = 256;
    return Fd::count() > many
        || std::ranges::any_of(request.moves,
                               [](FdMove move) { return move.source > many; });
}

} // namespace

// Children that start side by side each get a copy of the whole descriptor
// table. With thousands of descriptors in it, starting one after the other is
// faster, because then the table need not be copied, unless the child keeps them all.
std::optional<SpawnFailure>
Launch::start_unconfirmed(SpawnRequest const& request)
{
    frame_ = std::make_unique<Frame>(request);
    frame_->copy_environment();
    bool const avoids_copy =
        request.close_others && has_many_descriptors(request);
    return begin(avoids_copy || has_debugger() ? Way::alone : Way::beside);
}

// A child that shares the descriptor table of its parent makes calls to get its
// own table. If a sandbox refuses these calls, the child is cloned again, with
// a copy of the table.
std::optional<SpawnFailure> Launch::confirm()
{
    auto failure = outcome();
    if (!failure || failure->step != SpawnStep::close_fds)
        return failure;
    frame_ = std::make_unique<Frame>(frame_->request);
    failure = begin(Way::alone_with_copy);
    return failure ? std::move(failure) : outcome();
}

std::unique_ptr<ChildProcess> Launch::take()
{
    running_ = false;
    frame_.reset();
    return std::move(process_);
}

} // namespace runnel::inline v0::sys
