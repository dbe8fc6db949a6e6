// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The parts of a program that run in this process: in-process stages, each in
// its own thread, tees, and joins.
#pragma once

#include "base/code_state.hpp"
#include "base/executor_scope.hpp"
#include "flow/code_run.hpp"
#include "io/copier.hpp"
#include "io/line_join.hpp"
#include "io/outlet.hpp"
#include "io/pump.hpp"
#include "io/tee_copy.hpp"
#include "job/idle_watch.hpp"
#include "job/run_events.hpp"
#include "sys/poll.hpp"

#include <runnel/program.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

class Helpers {
public:
    /// `program` and `pump` must outlive this object. Verbs called inside
    /// in-process stages use the executor of the thread that makes this object.
    Helpers(Program const& program, BytePump& pump)
        : program_(program), pump_(pump), executor_(scoped_executor()),
          places_(program.has_code ? program.helpers.size() : 0)
    {
    }
    Helpers(Helpers const&) = delete;
    Helpers& operator=(Helpers const&) = delete;
    ~Helpers();

    /// Claims all in-process stages of the program, since some can be run only
    /// once. Throws `std::logic_error` if one cannot be run. Gives back the
    /// claims of stages that are never started.
    void claim();

    // --- starting ------------------------------------------------------------------

    /// `in`: the descriptor to read. `owned` keeps it open; null if the program
    /// does not own it.
    void add_code(std::size_t index, int in,
                  std::shared_ptr<sys::Fd const> owned, Outlet out,
                  IdleWatch const& idle);
    void add_tee(std::size_t index, NoWaitFd in, Outlet out,
                 std::vector<CopyPlace> copies, IdleWatch const& idle);
    /// `in`: in the order of `ProgramHelper::joined`.
    void add_join(std::size_t index, std::vector<NoWaitFd> in, Outlet out,
                  IdleWatch const& idle);

    /// Starts the threads of the in-process stages that were added. Until then,
    /// nothing is pulled from the caller's ranges.
    void start();

    std::size_t count() const noexcept { return helpers_.size(); }

    /// Removes the last helpers until `count` are left.
    void give_up(std::size_t count) noexcept;

    // --- running -------------------------------------------------------------------

    /// What an in-process stage does. Any thread may ask.
    CodePlace const& place(std::size_t index) const noexcept
    {
        return places_[index];
    }

    bool empty() const noexcept { return helpers_.empty(); }
    bool has_code() const noexcept;

    /// True if an in-process stage reads from a pipe before end of file, or
    /// writes to a pipe that is not closed.
    bool holds_pipe() const noexcept;

    /// True if words of an in-process stage wait for a place other than a capture
    /// or a pipe to children.
    bool owes_others() const noexcept;
    bool has_ended_one() const noexcept
    {
        return std::ranges::any_of(helpers_, &Helper::has_ended);
    }

    /// A descriptor that is readable when a stage has something to write, or
    /// has ended; -1 if there are no in-process stages.
    int news_fd() const noexcept { return news_ ? news_->fd() : -1; }

    /// A helper that has ended, and the bytes that it has moved.
    struct Ended {
        std::size_t index;
        RunEvents::Bytes moved;
    };

    /// All helpers whose end was not reported by `look` yet.
    std::vector<Ended> left() const;

    /// What happened to the helpers since the last call.
    struct News {
        std::vector<Ended> ended{};
        std::vector<ProgramPlace> left{}; ///< these stopped reading early
        std::exception_ptr failure{}; ///< thrown by an in-process stage
    };
    News look();

    // --- ending --------------------------------------------------------------------

    /// Asks this helper to end, if it is an in-process stage: nothing reads its
    /// output.
    void cancel_one(std::size_t index) noexcept;

    /// Ends the input of in-process stages although an outside process may
    /// still write to it, and closes the pipes to commands that they write to.
    void end_input() noexcept;

    /// Asks the in-process stages to end.
    void cancel() noexcept;

    /// The same, and waits for them.
    void end() noexcept;

    /// Releases what is needed only while helpers run. None runs any more.
    void let_go() noexcept
    {
        helpers_.clear();
        news_.reset();
    }

private:
    struct Helper {
        std::size_t index;
        std::unique_ptr<CodeRun> code{};
        Feed* feed = nullptr; ///< of an in-process stage: its output
        Copier* copier = nullptr; ///< null for an in-process stage
        bool started = false;
        bool has_left = false; ///< it stopped reading early
        /// The pipe that it reads, if that is watched.
        detail::LastByte const* in = nullptr;

        Ended end() const noexcept;
        bool has_ended() const noexcept
        {
            return copier != nullptr ? !copier->is_open()
                                     : code->has_ended() && !feed->out;
        }
    };

    ProgramPlace place_of(Helper const& helper) const noexcept
    {
        return program_.helpers[helper.index].place;
    }

    void look_at_code(Helper& helper, News& news);
    void leave(Helper& helper, News& news);

    Program const& program_;
    BytePump& pump_;
    Executor* const executor_; ///< of the thread that started the program
    std::vector<CodePlace> places_; ///< by helper; none if there is no code
    /// Claimed stages that have not been started.
    std::vector<std::shared_ptr<detail::InProcess const>> claimed_;
    std::optional<sys::Waker> news_;
    std::list<Helper> helpers_;
};

} // namespace runnel::inline v0
