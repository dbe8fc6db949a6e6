// Starts the units of a program: opens what they need, makes their children and
// helpers, undoes all of it if a part cannot be started.
#pragma once

#include "child/wiring.hpp"
#include "io/outlet.hpp"
#include "io/pipe_allowance.hpp"
#include "io/pump.hpp"
#include "job/captures.hpp"
#include "job/course.hpp"
#include "job/helpers.hpp"
#include "job/stages.hpp"
#include "job/uses.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

class Starter {
public:
    /// What the steps of a unit act on; all of it must outlive the starter.
    struct Parts {
        Program const& program;
        Stages& stages;
        Helpers& helpers;
        Captures& captures;
        Course& course;
        BytePump& pump;
        Observer* observer;
    };

    explicit Starter(Parts parts);
    Starter(Starter const&) = delete;
    Starter& operator=(Starter const&) = delete;

    /// Opens the pipes whose other ends the caller gets, also for commands that
    /// start later: the caller has those ends from the beginning.
    void open_hands();

    /// Thrown if a list could not be started, for the lists around it.
    struct DecidedAtStart {
        Outcome outcome;
    };

    /// The bytes of `Endpoint::Kind::input`. They must outlive the run.
    void set_input(std::string_view input) noexcept { input_ = input; }

    /// Starts all parts of a unit, or none. Throws `SpawnError`, or
    /// `DecidedAtStart`.
    void start_unit(std::size_t unit);

    /// Starts parts of a list until one runs, or the list and perhaps those
    /// around it are decided.
    void go_on(Course::Next next);

    /// Releases the endpoints of lists that have ended.
    void settle_finished() noexcept;

    /// Releases all endpoints that are held for commands still to be started.
    void let_go() noexcept { wiring_.release_all(); }

    /// The caller's end of the pipe for `stream`; -1 if there is none. Can be
    /// taken once.
    int take_stream(int stream) noexcept;

private:
    using Step = ProgramUnit::Step;

    void do_step(Step step, bool alone);
    void give_up(ProgramUnit const& unit, std::size_t helpers) noexcept;

    void need(std::size_t endpoint);
    void open(std::size_t endpoint);
    void open_wire(std::size_t endpoint);
    void place_our_end(std::size_t endpoint);
    [[noreturn]] void fail(Endpoint const& endpoint,
                           WiringFailure const& failure) const;

    std::vector<sys::FdMove> moves_of(std::size_t index) const;
    void start_helper(std::size_t index);
    void start_code(std::size_t index);
    void start_tee(std::size_t index);
    void start_list(std::size_t list);
    bool start_part(std::size_t list, std::size_t part, Outcome& outcome);

    NoWaitFd inlet(std::size_t endpoint);
    Outlet outlet(std::size_t endpoint);
    std::string name_of(std::size_t endpoint) const;
    std::string branch_name(ProgramPlace tee, std::size_t branch) const;

    Program const& program_;
    Stages& stages_;
    Helpers& helpers_;
    Captures& captures_;
    Course& course_;
    BytePump& pump_;
    Observer* observer_;

    Wiring wiring_;
    Uses uses_;
    std::string_view input_;
    std::vector<PipeAllowance> pipes_; ///< for pipes between parts
    int depth_ = 0; ///< of nested units that are being started
};

} // namespace runnel::inline v0
