// A plan that runs: which commands have been started, what each reads and
// writes, and what comes next.
#pragma once

#include "child/popen_state.hpp"
#include "child/start.hpp"
#include "flow/code_run.hpp"
#include "io/pump.hpp"
#include "job/streams.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/pipe.hpp"
#include "sys/poll.hpp"
#include "sys/spawn.hpp"

#include <runnel/error.hpp>
#include <runnel/plan.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// A stream that is kept for the result or for a string of the caller's.
struct CaptureSlot {
    int stream;          ///< whose it is in the result: stdout's or stderr's
    std::string* target; ///< null: the result's
    Drain* drain;
    Output output{}; ///< when all has ended
    bool taken = false; ///< by `output`, or by the string
    bool is_copy = false; ///< made by a tee
};

/// How a part of the plan ended.
struct Outcome {
    bool failed = false;
    int returncode = 0;
    std::size_t decided_by = 0; ///< a stage, counted from 0
    bool cut_short = false;     ///< there was more to come
    bool is_command = true;     ///< false: C++, which has no status
    /// Why it could not be started, if it could not.
    std::shared_ptr<SpawnError const> refusal{};
};

struct Activity;

/// To whom a part reports its end.
struct Place {
    Activity* parent = nullptr; ///< null: it is the whole plan
    std::size_t part = 0;
};

/// Parts that hang together, under way.
struct Activity {
    PlanNode const* node;
    Place place;
    std::size_t first_stage;
    /// Of a list: what its commands get; held until the last has started.
    Streams streams{};
    // Of parts that run side by side: how many have not ended, how the others
    // did.
    std::size_t running = 0;
    std::vector<Outcome> outcomes{};
    /// Who read what it writes has left: it goes no further, and is forgiven.
    bool dismissed = false;
};

/// The number of the first stage of a part.
std::size_t first_stage_of(Activity const& activity, std::size_t part);

/// C++ or a tee under way.
struct Helper {
    Place place;
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

/// One command of the plan, from before its start to after its end.
struct StageRun {
    Place place;
    std::unique_ptr<Start> start; ///< while it is being started
    std::unique_ptr<detail::PopenState> child;
    std::optional<SpawnError> refusal;
    CaptureSlot* out = nullptr;
    CaptureSlot* err = nullptr;
    bool feeds_reader = false;
    bool failed = false;
    bool forgiven = false;
    bool timed_out = false;
    bool is_left = false; ///< who read from it left early
    bool dismissed = false; ///< and so it was told to end
    sys::Deadline deadline = sys::never; ///< of its next signal
};

/// The open ends that the user drives by hand.
struct HandEnds {
    sys::Fd in;
    sys::Fd out;
    sys::Fd err;

    sys::Fd& of(int fd) noexcept { return fd == 0 ? in : fd == 1 ? out : err; }
};

/// Interprets the tree of a plan. Files of a pipeline are opened first, in
/// the order written; then its pipes, one at a time, between the starts of its
/// parts. Our copies of their ends are dropped as soon as a child has its own.
/// If a part cannot be started, those before it are ended and reaped: that
/// pipeline has failed, and either a list goes on without it or it is thrown.
///
/// Lists go on when `stage_ended` tells them to. Not thread safe.
class TreeRun {
public:
    TreeRun(Plan plan, Observer* observer, CaptureLimit const& limit);
    TreeRun(TreeRun const&) = delete;
    TreeRun& operator=(TreeRun const&) = delete;
    ~TreeRun();

    /// `input`: what stdin of the whole reads; must outlive the run. Throws
    /// `std::invalid_argument` for what cannot be run, before anything is
    /// opened, and `SpawnError` if the outcome is decided by a command that cannot be
    /// started.
    void start(std::optional<std::string_view> input);

    Plan const& plan() const noexcept { return plan_; }
    BytePump& pump() noexcept { return pump_; }
    BytePump const& pump() const noexcept { return pump_; }
    HandEnds& hand_ends() noexcept { return hand_ends_; }
    std::list<CaptureSlot>& captures() noexcept { return captures_; }
    std::list<CaptureSlot> const& captures() const noexcept
    {
        return captures_;
    }
    StageRun& stage(std::size_t index) { return stages_[index]; }
    StageRun const& stage(std::size_t index) const { return stages_[index]; }

    /// Whose stream it is; -1 if no command's.
    std::size_t stage_of(CaptureSlot const& slot) const noexcept;

    /// The stages that run, in the order of their start.
    std::vector<std::size_t> const& running() const noexcept
    {
        return running_;
    }

    bool is_running(std::size_t index) const noexcept
    {
        return std::ranges::find(running_, index) != running_.end();
    }

    /// True if the end of one stage may start another.
    bool has_lists() const noexcept { return has_lists_; }
    bool has_limits() const noexcept { return has_limits_; }

    /// Nothing, while something runs.
    std::optional<Outcome> const& outcome() const noexcept { return outcome_; }

    /// Takes a stage off the running ones; its child was reaped, or let go.
    /// Starts what comes next; throws what that throws.
    void stage_ended(std::size_t index);

    /// The stages that were started since the last call.
    std::vector<std::size_t> take_started() noexcept
    {
        return std::exchange(started_, {});
    }

    /// From now on, lists end with the command that runs, and have failed if
    /// there was more to come, as if by `signal` (not 0). From any thread; for good.
    void stop_starting(int signal) noexcept { stop_signal_ = signal; }

    /// Lets go of all that is held for commands still to be started.
    void let_go() noexcept;

    // C++ and tees.

    /// From any thread: whether the plan has any.
    bool may_have_helpers() const noexcept { return may_have_helpers_; }

    bool has_helpers() const noexcept { return !helpers_.empty(); }
    bool has_ended_helper() const noexcept
    {
        return std::ranges::any_of(helpers_, &Helper::has_ended);
    }
    bool has_code() const noexcept
    {
        return std::ranges::any_of(helpers_, [](Helper const& helper) {
            return helper.code != nullptr;
        });
    }

    /// Readable when one of them has something to write, or has ended.
    int news_fd() const noexcept { return news_ ? news_->fd() : -1; }

    /// Takes off those that have ended. Starts what comes next. Gives what one
    /// of them threw.
    std::exception_ptr look_at_helpers();

    /// Asks them to end.
    void cancel_helpers() noexcept;

    /// The same, and waits for them.
    void end_helpers() noexcept;

    /// Nobody reads what all of it writes any more.
    void dismiss_all();

    /// The stages that were dismissed since the last call, and run.
    std::vector<std::size_t> take_dismissed() noexcept
    {
        return std::exchange(dismissed_, {});
    }

private:
    struct OpenedFile {
        Target const* target;
        Source source;
    };

    // What runs and what is next: tree_run.cpp.
    void start_unit(PlanNode const& node, Streams streams, Place place,
                    std::size_t first);
    void launch(PlanNode const& node, Streams streams, Place place,
                std::size_t first, Streams const* outer = nullptr);
    void launch_command(PlanNode const& node, Streams streams,
                        Streams const& outside, Place place, std::size_t first);
    void launch_code(PlanNode const& node, Streams streams, Place place);
    void launch_tee(PlanNode const& node, Streams streams, Streams const& outer,
                    Place place, std::size_t first);
    void launch_pipeline(PlanNode const& node, Streams const& streams,
                         Place place, std::size_t first);
    void launch_list(PlanNode const& node, Streams streams, Place place,
                     std::size_t first);
    void launch_stage(Streams const& streams, Place place, std::size_t index,
                      std::vector<std::string> args);
    void claim_code(PlanNode const& node);
    static Outlet output_of(Streams& streams);
    static int free_number(int wanted, Streams const& streams,
                           PopenOptions const& options);
    void start_helpers();
    void give_up_helpers(std::size_t helpers) noexcept;
    void look_at_code(Helper& helper, std::exception_ptr& failure);
    void leave(Helper& helper);
    void dismiss(Place place);
    void dismiss(std::size_t first, std::size_t last, Activity const* pipeline,
                 std::size_t parts);
    static bool is_in_front(Place place, Activity const* pipeline,
                            std::size_t parts) noexcept;
    void confirm(std::size_t first, std::size_t size);
    void give_up_unit(std::size_t first, std::size_t size,
                      std::size_t activities, std::size_t helpers) noexcept;
    enum class When : bool { at_start, later };
    void go_on(Activity& list, std::size_t part, When when);
    void finish(Activity& list, std::size_t part, Outcome outcome, When when);
    void skip(PlanNode const& node) noexcept;
    static bool decides(Activity const& list, std::size_t part,
                        Outcome const& outcome);
    bool is_cut_short(Outcome& outcome) const;
    void report(Place place, Outcome outcome);
    Outcome refused(SpawnError const& error);
    Outcome judged(std::size_t index);
    Activity& new_activity(PlanNode const& node, Place place,
                           std::size_t first);

    // What it reads and writes: tree_streams.cpp.
    void note_closed(PlanNode const& node);
    void refuse_closed(PlanNode const& node, Streams const& streams,
                       std::size_t first) const;
    void check_descriptors(PlanNode const& node, std::vector<int> numbers,
                           std::size_t first) const;
    void need_open(int fd, std::size_t stage) const;
    void open_files(PlanNode const& node, std::size_t first);
    void redirect(PlanNode const& node, Streams& streams, std::size_t first);
    Source source_for(Redirection const& redirection, Streams const& streams,
                      std::size_t first);
    void open_file(std::string const& path, sys::FileUse use,
                   Target const& target, PlanNode const& node,
                   std::size_t first);
    Source take_file(Target const& target);
    Source captured(Redirection const& redirection, std::string* target,
                    std::size_t first);
    CaptureSlot& keep(int stream, std::string* target, sys::Fd from);
    void add_copy(Target const& target, Place place, std::size_t first,
                  std::vector<CopyPlace>& others, std::vector<Drain*>& kept);
    static bool has_command_in_front(Place place) noexcept;
    Source fed(std::string_view bytes, std::size_t first);
    Source driven_by_hand(int fd);

    void open_hand_ends();
    sys::Pipe open_stage_pipe(std::size_t first);
    sys::Pipe open_pipe(std::size_t first);
    /// `code`: what is not a command but C++.
    [[noreturn]] void fail(std::size_t stage, SpawnStep step,
                           std::error_code error, std::string subject,
                           std::string const& code = {}) const;

    Plan plan_;
    Observer* observer_;
    CaptureLimit limit_;
    bool has_lists_;
    bool may_have_helpers_;
    bool has_limits_;
    std::atomic<int> stop_signal_{0}; ///< 0: lists go on
    std::optional<Outcome> outcome_;

    /// What may be run once: the right to it is given back if it is not.
    std::vector<std::shared_ptr<detail::InProcess const>> claimed_;
    std::optional<sys::Waker> news_;
    std::list<Helper> helpers_;
    std::vector<std::size_t> dismissed_;

    std::list<Activity> activities_;
    std::vector<StageRun> stages_;
    std::vector<std::size_t> running_;
    std::vector<std::size_t> started_;
    std::vector<sys::FdMove> moves_; ///< of the stage being launched
    std::vector<OpenedFile> files_; ///< of the unit being started
    std::vector<int> closed_; ///< named in the plan, and closed at its start
    bool alone_ = false; ///< the unit being started is one command
    bool is_starting_ = false; ///< a unit, perhaps with others in it

    std::list<CaptureSlot> captures_;
    // After the children: pipes close before a child is waited for.
    BytePump pump_;
    HandEnds hand_ends_; ///< ours
    HandEnds children_hand_ends_; ///< until the command starts that gets it
    std::vector<PipeAllowance> pipes_; ///< for those between stages
};

} // namespace runnel::inline v0
