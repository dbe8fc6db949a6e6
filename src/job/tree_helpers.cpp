// C++ and tees among the commands of a plan.
#include "job/tree_run.hpp"

#include "plan/plan_text.hpp"
#include "plan/redirections.hpp"
#include "sys/file.hpp"
#include "sys/signal.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;

} // namespace

// --- starting ----------------------------------------------------------------------

// The thread is made when all commands of the unit execute: until then, nothing
// is pulled from anybody.
void TreeRun::launch_code(PlanNode const& node, Streams streams, Place place)
{
    if (!news_)
        news_.emplace();
    auto& helper = helpers_.emplace_back();
    helper.place = place;
    auto in = streams.take(0);
    helper.code = std::make_unique<CodeRun>(node.code, in.fd,
                                            std::move(in.owned), *news_);
    helper.feed = &pump_.feed(output_of(streams), helper.code->ring());
}

// It is ours alone if nobody else holds it.
Outlet TreeRun::output_of(Streams& streams)
{
    auto source = streams.take(1);
    streams.clear();
    return Outlet(source.fd, std::move(source.owned));
}

// Its branches are told that they stand beside it: the place of the tee is the
// first of their group.
void TreeRun::launch_tee(PlanNode const& node, Streams streams,
                         Streams const& outer, Place place, std::size_t first)
{
    std::vector<CopyPlace> others;
    std::vector<Drain*> kept;
    for (auto const& target : node.copies)
        add_copy(target, place, first, others, kept);
    std::vector<Streams> inside(node.parts.size(), outer);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        auto pipe = open_stage_pipe(first);
        inside[i].set(0, owned_source(std::move(pipe.read_end)));
        others.push_back({Outlet(std::move(pipe.write_end)),
                          '"' + command_of(*node.parts[i]) + '"'});
    }
    if (!node.parts.empty()) {
        auto& group = new_activity(node, place, first);
        group.running = 1 + node.parts.size();
        group.outcomes.resize(group.running);
        place = {&group, 0};
    }
    auto in = streams.take(0);
    auto& helper = helpers_.emplace_back();
    helper.place = place;
    helper.tee =
        &pump_.tee(TeeCopy(in.fd, std::move(in.owned), output_of(streams),
                           std::move(others), kept));
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        launch(*node.parts[i], std::move(inside[i]), {place.parent, i + 1},
               first);
        first += node.parts[i]->size;
    }
}

// A copy that is kept needs no pipe: the tee has its bytes in hand. In the
// result it belongs to the command that wrote them.
void TreeRun::add_copy(Target const& target, Place place, std::size_t first,
                       std::vector<CopyPlace>& others,
                       std::vector<Drain*>& kept)
{
    if (std::holds_alternative<Capture>(target)) {
        auto& slot = keep(1, nullptr, {});
        slot.is_copy = true;
        kept.push_back(slot.drain);
        if (has_command_in_front(place) && stages_[first - 1].out == nullptr)
            stages_[first - 1].out = &slot;
    } else if (auto const* string = std::get_if<ToString>(&target)) {
        kept.push_back(keep(1, string->target, {}).drain);
    } else if (auto const fd = inherited_fd({1, false, target})) {
        others.push_back({Outlet(*fd), "descriptor " + std::to_string(*fd)});
    } else {
        auto const& stdio = std::get<Stdio>(target);
        auto file = take_file(target);
        others.push_back(
            {Outlet(file.fd, std::move(file.owned)),
             '"'
                 + (stdio.kind() == Stdio::devnull ? sys::null_device
                                                   : stdio.path())
                 + '"'});
    }
}

bool TreeRun::has_command_in_front(Place place) noexcept
{
    if (place.parent == nullptr || place.part == 0)
        return false;
    auto const& around = *place.parent->node;
    return around.kind == Kind::pipeline
        && around.parts[place.part - 1]->size > 0;
}

void TreeRun::start_helpers()
{
    for (auto& helper : helpers_)
        if (helper.code && !std::exchange(helper.started, true)) {
            helper.code->start();
            std::erase(claimed_, helper.code->code());
        }
}

void TreeRun::give_up_helpers(std::size_t helpers) noexcept
{
    while (helpers_.size() > helpers) {
        auto& helper = helpers_.back();
        if (helper.feed != nullptr)
            helper.feed->close();
        if (helper.tee != nullptr)
            helper.tee->close();
        helpers_.pop_back();
    }
}

// --- ends --------------------------------------------------------------------------

std::exception_ptr TreeRun::look_at_helpers()
{
    std::exception_ptr failure;
    if (helpers_.empty())
        return failure;
    if (news_)
        news_->clear();
    std::vector<Place> ended;
    for (auto helper = helpers_.begin(); helper != helpers_.end();) {
        if (helper->code)
            look_at_code(*helper, failure);
        bool const has_ended = helper->has_ended();
        if (has_ended) {
            if (helper->tee != nullptr && !helper->tee->saw_end())
                leave(*helper);
            ended.push_back(helper->place);
        }
        helper = has_ended ? helpers_.erase(helper) : std::next(helper);
    }
    if (failure) // what comes next does not start
        stop_starting(sys::signals::terminate);
    for (auto const& place : ended)
        report(place, {.is_command = false});
    return failure;
}

void TreeRun::look_at_code(Helper& helper, std::exception_ptr& failure)
{
    auto& code = *helper.code;
    if (!code.has_ended()) {
        if (!helper.feed->out)
            code.cancel(); // nobody reads its words any more
        return;
    }
    if (code.failure() && !failure)
        failure = code.failure();
    if (code.left_early())
        leave(helper);
}

void TreeRun::leave(Helper& helper)
{
    if (!std::exchange(helper.has_left, true))
        dismiss(helper.place);
}

void TreeRun::cancel_helpers() noexcept
{
    for (auto& helper : helpers_) {
        if (helper.code)
            helper.code->cancel();
        if (helper.feed != nullptr)
            helper.feed->close();
    }
}

void TreeRun::end_helpers() noexcept
{
    cancel_helpers();
    helpers_.clear();
}

// --- those in front --------------------------------------------------------------------

// Nobody reads what the parts in front write any more. Some of them might
// never notice: `tail -f` does not write.
void TreeRun::dismiss(Place place)
{
    while (place.parent != nullptr) {
        auto const& activity = *place.parent;
        if (activity.node->kind == Kind::pipeline)
            dismiss(activity.first_stage, first_stage_of(activity, place.part),
                    &activity, place.part);
        // The tee of a group stands where the group does. In front of a
        // pipeline is what its first part reads.
        else if (activity.node->kind != Kind::tee || place.part != 0)
            return;
        place = activity.place;
    }
}

void TreeRun::dismiss_all()
{
    dismiss(0, stages_.size(), nullptr, 0);
}

// All that stands in the first `parts` of `pipeline`; without one, all.
void TreeRun::dismiss(std::size_t first, std::size_t last,
                      Activity const* pipeline, std::size_t parts)
{
    for (auto const index : running_)
        if (index >= first && index < last
            && !std::exchange(stages_[index].is_left, true))
            dismissed_.push_back(index);
    has_limits_ |= !dismissed_.empty();
    for (auto& activity : activities_)
        activity.dismissed |= is_in_front(activity.place, pipeline, parts);
    for (auto& helper : helpers_)
        if (helper.code && is_in_front(helper.place, pipeline, parts))
            helper.code->cancel();
}

bool TreeRun::is_in_front(Place place, Activity const* pipeline,
                          std::size_t parts) noexcept
{
    if (pipeline == nullptr)
        return true;
    while (place.parent != nullptr && place.parent != pipeline)
        place = place.parent->place;
    return place.parent == pipeline && place.part < parts;
}

} // namespace runnel::inline v0
