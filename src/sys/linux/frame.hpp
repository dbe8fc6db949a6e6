// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Everything that a child reads before it executes its program, prepared by its
// parent.
#pragma once

#include "sys/fd.hpp"
#include "sys/linux/child.hpp"
#include "sys/posix/strings.hpp"
#include "sys/spawn.hpp"

#include <cstddef>
#include <memory_resource>
#include <vector>

#include <linux/sched.h>

namespace runnel::inline v0::sys {

/// True if the kernel must signal the child when its parent ends.
bool dies_with_parent(SpawnRequest const& request) noexcept;

/// The plan of a child, what the plan points to, and the stack that the child
/// runs on, in one block, because after an exec every page that is touched
/// costs time. The block is on the heap, because a thread that starts children
/// may have a small stack.
struct Launch::Frame {
    static constexpr std::size_t stack_size = 8192;
    using Numbers = std::pmr::vector<int>;

    SpawnRequest const& request;
    alignas(16) char stack[stack_size];
    /// 1 while a child that started beside this thread shares our memory; the
    /// kernel sets it to 0.
    int alive = 0;
    posix::ChildPlan plan;
    alignas(std::max_align_t) char first_memory[1536];
    std::pmr::monotonic_buffer_resource memory{first_memory,
                                               sizeof first_memory};
    posix::Strings candidates{&memory};
    std::pmr::vector<char const*> args{&memory};
    std::pmr::vector<char const*> environment{&memory};
    std::pmr::vector<posix::ChildMove> moves{&memory};
    Numbers kept{&memory};
    std::pmr::vector<posix::ChildGap> gaps{&memory};
    Fd report; ///< the read end for the report of a forked child

    explicit Frame(SpawnRequest const& wanted);
    Frame(Frame const&) = delete;
    /// The heap is slow for a block of this size, so the memory of the last
    /// frame is kept for the next one.
    static void* operator new(std::size_t size);
    static void operator delete(void* memory) noexcept;
    Frame& operator=(Frame const&) = delete;

    /// For a child that runs beside this thread: a `setenv` meanwhile must not
    /// change the array of variables that the child reads.
    void copy_environment();

    /// The clone3 arguments for a child that shares our memory.
    clone_args arguments_of_clone(Way way);

    /// For a forked child: opens the pipe for its report. Returns the write
    /// end, which this process must close.
    Result<Fd> open_report();

    /// Sets which numbers the child closes; must be called last.
    void set_gaps();

    /// Waits until a child that shares our memory has executed its program or
    /// ended.
    void wait_until_executed() noexcept;

private:
    void set_program();
    void set_environment();
    void set_candidates();
    void set_descriptors();
    void set_preexec();
    void share_table();
    Numbers targets();
};

} // namespace runnel::inline v0::sys
