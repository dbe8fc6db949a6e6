// The parts of a program that run in this process: C++ in threads, and tees.
#pragma once

#include "base/executor_scope.hpp"
#include "flow/code_run.hpp"
#include "io/outlet.hpp"
#include "io/pump.hpp"
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
    /// Both must outlive it. C++ that is run calls the executor of the thread
    /// that makes this.
    Helpers(Program const& program, BytePump& pump)
        : program_(program), pump_(pump), executor_(scoped_executor())
    {
    }
    Helpers(Helpers const&) = delete;
    Helpers& operator=(Helpers const&) = delete;
    ~Helpers();

    /// Takes the right to run all C++ of the program, which some of it gives
    /// but once; throws `std::logic_error`. It is given back if it is not run.
    void claim();

    // --- starting ------------------------------------------------------------------

    /// `in`: a descriptor, kept open by `owned` if it is ours.
    void add_code(std::size_t index, int in,
                  std::shared_ptr<sys::Fd const> owned, Outlet out);
    void add_tee(std::size_t index, NoWaitFd in, Outlet out,
                 std::vector<CopyPlace> copies);

    /// Makes the threads of the C++ that was added: until now, nothing was
    /// pulled from anybody.
    void start();

    std::size_t count() const noexcept { return helpers_.size(); }

    /// Takes off the last ones until `count` are left.
    void give_up(std::size_t count) noexcept;

    // --- running -------------------------------------------------------------------

    bool empty() const noexcept { return helpers_.empty(); }
    bool has_code() const noexcept;

    /// True if C++ reads from a pipe that has not come to its end, or writes
    /// into one that is not closed.
    bool holds_pipe() const noexcept;
    bool has_ended_one() const noexcept
    {
        return std::ranges::any_of(helpers_, &Helper::has_ended);
    }

    /// Readable when one of them has something to write, or has ended; -1 if
    /// nothing is.
    int news_fd() const noexcept { return news_ ? news_->fd() : -1; }

    /// Of all that have not been told as ended.
    std::vector<ProgramPlace> places() const;

    /// What became of them since the last call.
    struct News {
        std::vector<ProgramPlace> ended{};
        std::vector<ProgramPlace> left{}; ///< these read no more
        std::exception_ptr failure{}; ///< what C++ has thrown
    };
    News look();

    // --- ending --------------------------------------------------------------------

    /// Nobody reads what this one writes, if it is C++.
    void cancel_one(std::size_t index) noexcept;

    /// Ends the input of in-process stages although a process outside the program
    /// may still write to it, and closes the pipes to commands that they write to.
    void end_input() noexcept;

    /// Asks them to end.
    void cancel() noexcept;

    /// The same, and waits for them.
    void end() noexcept;

    /// Gives up what it needs while some run; none does any more.
    void let_go() noexcept
    {
        helpers_.clear();
        news_.reset();
    }

private:
    struct Helper {
        std::size_t index;
        std::unique_ptr<CodeRun> code{};
        Feed* feed = nullptr; ///< what the C++ writes
        TeeCopy* tee = nullptr; ///< if it is no C++
        bool started = false;
        bool has_left = false; ///< it reads no more

        bool has_ended() const noexcept
        {
            return tee != nullptr ? !tee->is_open()
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
    /// What may be run once, and was not run yet.
    std::vector<std::shared_ptr<detail::InProcess const>> claimed_;
    std::optional<sys::Waker> news_;
    std::list<Helper> helpers_;
};

} // namespace runnel::inline v0
