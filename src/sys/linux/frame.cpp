// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Prepares everything that a child needs, so that the child need not allocate.
#include "sys/linux/frame.hpp"

#include "sys/linux/calls.hpp"
#include "sys/linux/raw_syscall.hpp"
#include "sys/pipe.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/path.hpp"

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstring>
#include <exception>
#include <span>
#include <string_view>

extern "C" char** environ;

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

/// Above this width, a gap between descriptors is likely to be full of
/// descriptors that the child does not need.
constexpr unsigned wide_gap = 256;

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

// The kernel hands out the lowest free number, so a wide gap below a needed
// descriptor is full. Otherwise the open end is the best guess.
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
        if (plan.inherits_environment) // the function may have called setenv
            plan.environment = environ;
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

} // namespace

bool dies_with_parent(SpawnRequest const& request) noexcept
{
    auto const kind = ChildAction::Kind::die_with_parent;
    return std::ranges::find(request.actions, kind, &ChildAction::kind)
        != request.actions.end();
}

// The stack in a frame is not cleared: that would cost more than the rest.
namespace {

std::atomic<void*> spare_memory; ///< for one frame, or null

} // namespace

void* Launch::Frame::operator new(std::size_t size)
{
    void* const spare = spare_memory.exchange(nullptr);
    return spare != nullptr ? spare : ::operator new(size);
}

void Launch::Frame::operator delete(void* memory) noexcept
{
    ::operator delete(spare_memory.exchange(memory));
}

Launch::Frame::Frame(SpawnRequest const& wanted) : request(wanted)
{
    plan.calls = &calls();
    set_program();
    set_descriptors();
    plan.actions = request.actions.data();
    plan.action_count = request.actions.size();
    if (dies_with_parent(request))
        plan.parent = static_cast<int>(raw_syscall(SYS_getpid));
    set_preexec();
}

// --- the program -------------------------------------------------------------------

void Launch::Frame::set_program()
{
    args.reserve(request.args.size() + 1);
    for (auto const& arg : request.args)
        args.push_back(arg.c_str());
    args.push_back(nullptr);
    plan.args = args.data();
    set_environment();
    set_candidates();
}

void Launch::Frame::set_environment()
{
    plan.inherits_environment = request.environment == nullptr;
    if (plan.inherits_environment) {
        plan.environment = environ;
        return;
    }
    environment.reserve(request.environment->size() + 1);
    for (auto const& entry : *request.environment)
        environment.push_back(entry.c_str());
    environment.push_back(nullptr);
    plan.environment = environment.data();
}

void Launch::Frame::copy_environment()
{
    if (!plan.inherits_environment || environ == nullptr)
        return;
    char** end = environ;
    while (*end != nullptr)
        ++end;
    environment.assign(environ, end + 1);
    plan.environment = environment.data();
}

void Launch::Frame::set_candidates()
{
    auto const program = request.program;
    if (program.find('/') != std::string_view::npos)
        candidates.add({program});
    else
        add_candidates(program, search_path(plan.environment), candidates);
    plan.candidates = candidates.pointers();
}

void Launch::Frame::set_preexec()
{
    if (request.preexec == nullptr)
        return;
    plan.preexec = run_preexec;
    plan.preexec_function = request.preexec;
    plan.preexec_context = request.preexec_context;
}

// --- descriptors -------------------------------------------------------------------

// A source is copied aside only if another move would overwrite it: each copy
// may be one too many for a process that is short of descriptors.
void Launch::Frame::set_descriptors()
{
    Numbers taken(&memory);
    taken.reserve(request.moves.size());
    for (auto const& move : request.moves)
        taken.push_back(move.target);
    std::ranges::sort(taken);
    moves.reserve(request.moves.size());
    for (auto const& [source, target] : request.moves)
        moves.push_back(
            {source, target,
             source != target && std::ranges::binary_search(taken, source)});
    plan.moves = moves.data();
    plan.move_count = moves.size();
    kept.assign(request.kept.begin(), request.kept.end());
    sort_unique(kept);
    plan.kept = kept.data();
    plan.kept_count = kept.size();
    plan.close_others = request.close_others;
}

void Launch::Frame::set_gaps()
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

void Launch::Frame::share_table()
{
    auto needed = targets();
    for (auto const& move : moves)
        needed.push_back(move.source);
    plan.hole = hole_between(std::move(needed));
    plan.shares_table = true;
}

Launch::Frame::Numbers Launch::Frame::targets()
{
    Numbers numbers(&memory);
    numbers.reserve(kept.size() + 2 * moves.size() + 1);
    numbers.insert(numbers.end(), kept.begin(), kept.end());
    for (auto const& move : moves)
        numbers.push_back(move.target);
    return numbers;
}

Result<Fd> Launch::Frame::open_report()
{
    auto pipe = open_pipe();
    if (!pipe)
        return {pipe.error, {}};
    Fd report_end = std::move(pipe.value.write_end);
    if (will_be_overwritten(plan, report_end.get())) {
        int const aside =
            copy_aside(plan, report_end.get(), calls().fcntl, calls().close);
        if (aside < 0)
            return {code(aside), {}};
        report_end.reset(aside);
    }
    report = std::move(pipe.value.read_end);
    plan.report_fd = report_end.get();
    plan.report_read_end = report.get();
    return {{}, std::move(report_end)};
}

// --- sharing memory ----------------------------------------------------------------

clone_args Launch::Frame::arguments_of_clone(Way way)
{
    set_gaps();
    plan.handlers_cleared = true;
    clone_args result{};
    result.flags = CLONE_VM | CLONE_CLEAR_SIGHAND;
    result.exit_signal = SIGCHLD;
    result.stack = static_cast<__u64>(as_long(&stack[0]));
    result.stack_size = stack_size;
    if (way == Way::beside) {
        alive = 1;
        result.flags |= CLONE_CHILD_CLEARTID;
        result.child_tid = static_cast<__u64>(as_long(&alive));
        return result;
    }
    result.flags |= CLONE_VFORK;
    if (way == Way::alone && plan.close_others) {
        share_table();
        result.flags |= CLONE_FILES;
    }
    return result;
}

void Launch::Frame::wait_until_executed() noexcept
{
    while (std::atomic_ref(alive).load(std::memory_order_acquire) != 0)
        calls().futex_wait(&alive, 1);
}

} // namespace runnel::inline v0::sys
