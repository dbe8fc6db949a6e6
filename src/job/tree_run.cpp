#include "job/tree_run.hpp"

#include "base/observe.hpp"
#include "job/verdict.hpp"
#include "plan/in_process.hpp"
#include "plan/plan_shape.hpp"
#include "sys/process.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;

bool holds_lists(PlanNode const& node)
{
    return runs_in_turn(node.kind)
        || std::ranges::any_of(node.parts, [](PlanNodePtr const& part) {
               return holds_lists(*part);
           });
}

bool holds_code(PlanNode const& node)
{
    return node.kind == Kind::in_process || node.kind == Kind::tee
        || std::ranges::any_of(node.parts, [](PlanNodePtr const& part) {
               return holds_code(*part);
           });
}

/// Of parts that ran side by side: the rightmost that failed, else the one
/// that the others are there for.
Outcome const& decisive_of(Activity const& activity)
{
    auto const& outcomes = activity.outcomes;
    auto const& last = decisive(outcomes);
    if (last.failed)
        return last;
    if (activity.node->kind != Kind::pipeline)
        return outcomes.front();
    auto const command =
        std::find_if(outcomes.rbegin(), outcomes.rend(),
                     [](Outcome const& outcome) { return outcome.is_command; });
    return command != outcomes.rend() ? *command : outcomes.back();
}

std::vector<int> const default_accept{0};

std::vector<int> const& accepted_by(PlannedStage const& stage)
{
    return stage.accept ? *stage.accept : default_accept;
}

/// Thrown by a list that could not be started; for those around it.
struct DecidedAtStart {
    Outcome outcome;
};

} // namespace

TreeRun::TreeRun(Plan plan, Observer* observer, CaptureLimit const& limit)
    : plan_(std::move(plan)), observer_(observer_or_default(observer)),
      limit_(limit), has_lists_(holds_lists(*plan_.root)),
      may_have_helpers_(holds_code(*plan_.root)),
      has_limits_(std::ranges::any_of(
          plan_.stages,
          [](auto const& stage) { return !stage->timeout.is_forever(); })),
      stages_(plan_.stages.size())
{
}

// One that could not be killed goes on without us.
TreeRun::~TreeRun()
{
    for (auto& stage : stages_)
        if (stage.child && !stage.child->process->seen())
            sys::abandon(std::move(stage.child->process));
    for (auto const& code : claimed_)
        code->unclaim();
}

void TreeRun::start(std::optional<std::string_view> input)
{
    for (auto const& stage : plan_.stages)
        validate(stage->args, stage->options);
    claim_code(*plan_.root);
    note_closed(*plan_.root);
    open_hand_ends();
    if (observer_ != nullptr)
        observer_->planned(plan_);
    Streams streams;
    if (input)
        streams.set(0, fed(*input, 0));
    try {
        start_unit(*plan_.root, std::move(streams), {}, 0);
    } catch (DecidedAtStart const& decided) {
        throw SpawnError(*decided.outcome.refusal);
    }
}

std::size_t first_stage_of(Activity const& activity, std::size_t part)
{
    auto first = activity.first_stage;
    for (std::size_t i = 0; i < part; ++i)
        first += activity.node->parts[i]->size;
    return first;
}

std::size_t TreeRun::stage_of(CaptureSlot const& slot) const noexcept
{
    auto const at = std::ranges::find_if(stages_, [&](StageRun const& stage) {
        return stage.out == &slot || stage.err == &slot;
    });
    return at == stages_.end() ? static_cast<std::size_t>(-1)
                               : static_cast<std::size_t>(at - stages_.begin());
}

void TreeRun::claim_code(PlanNode const& node)
{
    if (node.code) {
        claimed_.reserve(claimed_.size() + 1);
        detail::claim(*node.code);
        claimed_.push_back(node.code);
    }
    for (auto const& part : node.parts)
        claim_code(*part);
}

// --- starting ----------------------------------------------------------------------

// All or nothing: what starts together is ended together if a part of it
// cannot be started.
void TreeRun::start_unit(PlanNode const& node, Streams streams, Place place,
                         std::size_t first)
{
    auto const activities = activities_.size();
    auto const helpers = helpers_.size();
    auto outer_files = std::exchange(files_, {});
    bool const outer_alone = std::exchange(alone_, node.size == 1);
    bool const is_inner = std::exchange(is_starting_, true);
    try {
        refuse_closed(node, streams, first);
        open_files(node, first);
        launch(node, std::move(streams), place, first);
        confirm(first, node.size);
        if (!is_inner) // the unit around it may still fail
            start_helpers();
    } catch (...) {
        give_up_unit(first, node.size, activities, helpers);
        files_ = std::move(outer_files);
        alone_ = outer_alone;
        is_starting_ = is_inner;
        throw;
    }
    files_ = std::move(outer_files);
    alone_ = outer_alone;
    is_starting_ = is_inner;
}

// `outer`: the streams of the pipeline that it is a part of.
void TreeRun::launch(PlanNode const& node, Streams streams, Place place,
                     std::size_t first, Streams const* outer)
{
    bool const is_seen = !node.parts.empty()
                      && (node.kind == Kind::command || node.kind == Kind::tee);
    auto const outside = is_seen ? streams : Streams();
    redirect(node, streams, first);
    switch (node.kind) {
    case Kind::command:
        return launch_command(node, std::move(streams), outside, place, first);
    case Kind::in_process: return launch_code(node, std::move(streams), place);
    case Kind::tee:
        return launch_tee(node, std::move(streams),
                          outer != nullptr ? *outer : outside, place, first);
    case Kind::pipeline: return launch_pipeline(node, streams, place, first);
    default: return launch_list(node, std::move(streams), place, first);
    }
}

// What stands for a word sees the streams of its place, without the
// redirections of the command itself, as in bash.
void TreeRun::launch_command(PlanNode const& node, Streams streams,
                             Streams const& outside, Place place,
                             std::size_t first)
{
    auto args = plan_.stages[first]->args;
    if (node.parts.empty())
        return launch_stage(streams, place, first, std::move(args));
    auto& group = new_activity(node, place, first);
    group.running = 1 + node.parts.size();
    group.outcomes.resize(group.running);
    std::vector<Streams> inside(node.parts.size(), outside);
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        auto const& [word, wanted, reads] = node.substitutions[i];
        int const number =
            free_number(wanted, streams, plan_.stages[first]->options);
        auto pipe = open_stage_pipe(first);
        auto read_end = owned_source(std::move(pipe.read_end));
        auto write_end = owned_source(std::move(pipe.write_end));
        write_end.feeds_reader = true;
        inside[i].set(reads ? 1 : 0, reads ? write_end : read_end);
        streams.set(number, reads ? std::move(read_end) : std::move(write_end));
        args[word] = "/dev/fd/" + std::to_string(number);
    }
    launch_stage(streams, {&group, 0}, first, std::move(args));
    streams.clear();
    ++first;
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        launch(*node.parts[i], std::move(inside[i]), {&group, i + 1}, first);
        first += node.parts[i]->size;
    }
}

void TreeRun::launch_pipeline(PlanNode const& node, Streams const& streams,
                              Place place, std::size_t first)
{
    auto& pipeline = new_activity(node, place, first);
    pipeline.running = node.parts.size();
    pipeline.outcomes.resize(node.parts.size());
    sys::Fd from_last;
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        auto part = streams;
        part.reserve(2);
        if (from_last)
            part.set(0, owned_source(std::exchange(from_last, {})));
        if (i < node.piped.size()) {
            auto pipe = open_stage_pipe(first);
            from_last = std::move(pipe.read_end);
            auto source = owned_source(std::move(pipe.write_end));
            source.feeds_reader = true;
            part.set(node.piped[i], std::move(source));
        }
        auto const& node_part = *node.parts[i];
        launch(node_part, std::move(part), {&pipeline, i}, first, &streams);
        first += node_part.size;
    }
}

void TreeRun::launch_list(PlanNode const& node, Streams streams, Place place,
                          std::size_t first)
{
    auto& list = new_activity(node, place, first);
    list.streams = std::move(streams);
    go_on(list, 0, When::at_start);
}

// A child that is alone is started the simple way; several execute side by
// side and are looked after together.
void TreeRun::launch_stage(Streams const& streams, Place place,
                           std::size_t index, std::vector<std::string> args)
{
    auto& stage = stages_[index];
    auto const& planned = *plan_.stages[index];
    stage.place = place;
    moves_.clear();
    for (auto const& [number, source] : streams.entries()) {
        moves_.push_back({source.fd, number});
        stage.feeds_reader |= source.feeds_reader;
        if (source.capture != nullptr && source.capture->stream == number)
            (number == 1 ? stage.out : stage.err) = source.capture;
    }
    stage.start = std::make_unique<Start>(
        std::move(args), planned.options,
        JobContext{{index + 1, plan_.stages.size()}, observer_, moves_});
    if (alone_)
        stage.start->launch();
    else
        stage.start->launch_unconfirmed();
}

void TreeRun::confirm(std::size_t first, std::size_t size)
{
    running_.reserve(running_.size() + size);
    started_.reserve(started_.size() + size);
    for (std::size_t i = first; i < first + size; ++i) {
        auto& stage = stages_[i];
        if (!stage.start)
            continue;
        if (!alone_)
            stage.start->confirm();
        stage.child = stage.start->take();
        stage.start.reset();
        stage.deadline = sys::deadline_after(plan_.stages[i]->timeout);
        running_.push_back(i);
        started_.push_back(i);
    }
}

void TreeRun::give_up_unit(std::size_t first, std::size_t size,
                           std::size_t activities, std::size_t helpers) noexcept
{
    auto const in_unit = [&](std::size_t index) {
        return index >= first && index < first + size;
    };
    std::erase_if(running_, in_unit);
    std::erase_if(started_, in_unit);
    for (std::size_t i = first; i < first + size; ++i) {
        auto& stage = stages_[i];
        stage.start.reset();
        if (stage.child)
            detail::PopenState::end(std::move(stage.child));
        stage.out = stage.err = nullptr;
    }
    give_up_helpers(helpers);
    while (activities_.size() > activities)
        activities_.pop_back();
}

Activity& TreeRun::new_activity(PlanNode const& node, Place place,
                                std::size_t first)
{
    return activities_.emplace_back(
        Activity{.node = &node, .place = place, .first_stage = first});
}

// --- lists -------------------------------------------------------------------------

// Starts parts from `part` on until one runs, or the list is decided.
void TreeRun::go_on(Activity& list, std::size_t part, When when)
{
    auto const& parts = list.node->parts;
    for (;; ++part) {
        bool const last = part + 1 == parts.size();
        auto streams = last ? std::exchange(list.streams, {}) : list.streams;
        Outcome outcome;
        try {
            start_unit(*parts[part], std::move(streams), {&list, part},
                       first_stage_of(list, part));
            return;
        } catch (SpawnError const& error) {
            outcome = refused(error);
        } catch (DecidedAtStart const& decided) {
            outcome = decided.outcome;
        }
        if (decides(list, part, outcome) || is_cut_short(outcome))
            return finish(list, part, outcome, when);
    }
}

// A list that would have gone on has not succeeded.
bool TreeRun::is_cut_short(Outcome& outcome) const
{
    int const signal = stop_signal_;
    if (signal == 0)
        return false;
    outcome.failed = outcome.cut_short = true;
    outcome.returncode = -signal;
    return true;
}

bool TreeRun::decides(Activity const& list, std::size_t part,
                      Outcome const& outcome)
{
    if (part + 1 == list.node->parts.size())
        return true;
    switch (list.node->kind) {
    case Kind::all_of: return outcome.failed;
    case Kind::any_of: return !outcome.failed;
    default: return false;
    }
}

// A list that is decided by a command which cannot be started, before
// anything else of it ran, is itself something that cannot be started.
void TreeRun::finish(Activity& list, std::size_t part, Outcome outcome,
                     When when)
{
    list.streams.clear();
    for (++part; part < list.node->parts.size(); ++part)
        skip(*list.node->parts[part]);
    if (list.node->kind == Kind::negation && !outcome.cut_short) {
        outcome.failed = !outcome.failed;
        outcome.returncode = outcome.failed ? 1 : 0;
    }
    if (when == When::at_start && outcome.refusal)
        throw DecidedAtStart{outcome};
    report(list.place, outcome);
}

Outcome TreeRun::refused(SpawnError const& error)
{
    Outcome outcome{.failed = true,
                    .returncode = status_of(error).returncode(),
                    .decided_by = error.stage() - 1};
    outcome.refusal = std::make_shared<SpawnError const>(error);
    if (outcome.decided_by < stages_.size()) {
        auto& stage = stages_[outcome.decided_by];
        stage.refusal = error;
        stage.failed = true;
    }
    return outcome;
}

void TreeRun::let_go() noexcept
{
    for (auto& activity : activities_)
        activity.streams.clear();
    files_.clear();
    children_hand_ends_ = {};
}

// --- ends --------------------------------------------------------------------------

void TreeRun::stage_ended(std::size_t index)
{
    std::erase(running_, index);
    report(stages_[index].place, judged(index));
}

Outcome TreeRun::judged(std::size_t index)
{
    auto& stage = stages_[index];
    auto const& planned = *plan_.stages[index];
    auto const exit = stage.child->process->seen();
    auto const status = exit ? exit->status : ExitStatus::unknown();
    StageCase const known{status,          accepted_by(planned),
                          planned.checked, stage.feeds_reader,
                          stage.timed_out, stage.dismissed};
    auto const verdict = judge(known);
    stage.failed = verdict.failed;
    stage.forgiven = verdict.forgiven;
    return {.failed = stage.failed,
            .returncode = returncode_of(known, verdict),
            .decided_by = index};
}

void TreeRun::report(Place place, Outcome outcome)
{
    if (place.parent == nullptr) {
        outcome_ = outcome;
        let_go();
        return;
    }
    auto& activity = *place.parent;
    if (!runs_in_turn(activity.node->kind)) {
        activity.outcomes[place.part] = std::move(outcome);
        if (--activity.running == 0)
            report(activity.place, decisive_of(activity));
    } else if (activity.dismissed || decides(activity, place.part, outcome)
               || is_cut_short(outcome))
        finish(activity, place.part, outcome, When::later);
    else
        go_on(activity, place.part + 1, When::later);
}

} // namespace runnel::inline v0
