// What the commands of a plan read and write.
#include "job/tree_run.hpp"

#include "child/check_stdio.hpp"
#include "plan/plan_shape.hpp"
#include "plan/redirections.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/pipe.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;

/// Between children: large enough for both to work at once, small enough for
/// many of them (../bench, pipelines).
constexpr std::size_t stage_pipe_size = std::size_t{256} * 1024;

using HandEndsWanted = std::array<bool, 3>;

void find_hand_ends(PlanNode const& node, HandEndsWanted& wanted)
{
    for (auto const& redirection : node.redirections)
        if (is_driven_by_hand(redirection)
            && std::exchange(wanted[std::size_t(redirection.fd)], true))
            throw std::invalid_argument(
                "two commands want Stdio::pipe for "
                + stream_name(redirection.fd)
                + ": a Job has one end for each stream");
    for (auto const& part : node.parts)
        find_hand_ends(*part, wanted);
}

sys::FileUse use_of(Redirection const& redirection, Stdio const& stdio)
{
    return redirection.reads                   ? sys::FileUse::read
         : stdio.mode() == Stdio::Mode::append ? sys::FileUse::append
                                               : sys::FileUse::write;
}

/// The file to be opened, if it is one.
std::string const* file_of(Redirection const& redirection)
{
    auto const* stdio = stdio_of(redirection);
    if (stdio == nullptr)
        return nullptr;
    if (stdio->kind() == Stdio::devnull)
        return &sys::null_device;
    return stdio->kind() == Stdio::file ? &stdio->path() : nullptr;
}

/// Which descriptor of the command or of this process is to be copied, if it
/// is that.
std::optional<int> copied_fd(Redirection const& redirection)
{
    if (auto const* same = std::get_if<SameAs>(&redirection.target))
        return same->fd;
    auto const* stdio = stdio_of(redirection);
    if (stdio != nullptr && stdio->kind() == Stdio::out)
        return 1;
    return {};
}

} // namespace

// A closed descriptor that is asked for must be told: its number may soon be
// that of something of ours. So this is noted before anything is opened, for
// commands of lists, too, whose turn comes later.
void TreeRun::note_closed(PlanNode const& node)
{
    auto const look_at = [&](int fd) {
        if (!sys::is_open(fd))
            closed_.push_back(fd);
    };
    for (auto const& redirection : node.redirections) {
        if (auto const fd = copied_fd(redirection))
            look_at(*fd);
        if (auto const fd = inherited_fd(redirection))
            look_at(*fd);
    }
    for (auto const& target : node.copies)
        if (auto const fd = inherited_fd({1, false, target}))
            look_at(*fd);
    if (node.stage)
        std::ranges::for_each(node.stage->options.pass_fds, look_at);
    for (auto const& part : node.parts)
        note_closed(*part);
}

void TreeRun::refuse_closed(PlanNode const& node, Streams const& streams,
                            std::size_t first) const
{
    if (closed_.empty())
        return;
    std::vector<int> numbers;
    for (auto const& entry : streams.entries())
        numbers.push_back(entry.number);
    check_descriptors(node, std::move(numbers), first);
}

void TreeRun::need_open(int fd, std::size_t stage) const
{
    if (std::ranges::find(closed_, fd) != closed_.end())
        fail(stage, SpawnStep::dup,
             std::make_error_code(std::errc::bad_file_descriptor),
             std::to_string(fd));
}

// `numbers`: what is something else than this process's where the part stands.
void TreeRun::check_descriptors(PlanNode const& node, std::vector<int> numbers,
                                std::size_t first) const
{
    auto const outside = numbers;
    for (auto const& redirection : node.redirections)
        if (is_pipe_to_us(redirection))
            numbers.push_back(redirection.fd);
    for (auto const& target : node.copies)
        if (auto const fd = inherited_fd({1, false, target}))
            need_open(*fd, first);
    for (auto const& redirection : node.redirections) {
        if (auto const fd = inherited_fd(redirection))
            need_open(*fd, first);
        if (auto const fd = copied_fd(redirection);
            fd && std::ranges::find(numbers, *fd) == numbers.end())
            need_open(*fd, first);
        numbers.push_back(redirection.fd);
    }
    if (node.stage)
        for (int const fd : node.stage->options.pass_fds)
            need_open(fd, first);
    if (runs_in_turn(node.kind))
        return;
    first += node.stage != nullptr;
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        auto inside = node.kind == Kind::pipeline ? numbers : outside;
        if (node.kind == Kind::command)
            inside.push_back(node.substitutions[i].reads ? 1 : 0);
        else if (node.kind == Kind::tee || i > 0)
            inside.push_back(0);
        if (i < node.piped.size())
            inside.push_back(node.piped[i]);
        check_descriptors(*node.parts[i], std::move(inside), first);
        first += node.parts[i]->size;
    }
}

// Those of a list's commands wait for their turn.
void TreeRun::open_files(PlanNode const& node, std::size_t first)
{
    for (auto const& redirection : node.redirections)
        if (auto const* path = file_of(redirection)) {
            auto const& stdio = std::get<Stdio>(redirection.target);
            open_file(*path, use_of(redirection, stdio), redirection.target,
                      node, first);
        }
    for (auto const& target : node.copies) {
        Redirection const copy{1, false, target};
        if (auto const* path = file_of(copy))
            open_file(*path, use_of(copy, std::get<Stdio>(target)), target,
                      node, first);
    }
    if (runs_in_turn(node.kind))
        return;
    first += node.stage != nullptr;
    for (auto const& part : node.parts) {
        open_files(*part, first);
        first += part->size;
    }
}

void TreeRun::open_file(std::string const& path, sys::FileUse use,
                        Target const& target, PlanNode const& node,
                        std::size_t first)
{
    auto file = sys::open_file(path, use);
    if (!file)
        fail(first, SpawnStep::open, file.error, path,
             node.code                ? node.code->label()
             : node.kind == Kind::tee ? "tee"
                                      : "");
    files_.push_back({&target, owned_source(std::move(file.value))});
}

// What stands there twice, as the same part was used twice, was opened twice,
// in the same order.
Source TreeRun::take_file(Target const& target)
{
    auto const at = std::ranges::find_if(files_, [&](OpenedFile const& file) {
        return file.target == &target && file.source.owned;
    });
    return std::exchange(at->source, {});
}

// Pipes to us are there from the beginning, like those between stages; the
// others are made in the order written.
void TreeRun::redirect(PlanNode const& node, Streams& streams,
                       std::size_t first)
{
    for (bool const pipes : {true, false})
        for (auto const& redirection : node.redirections)
            if (is_pipe_to_us(redirection) == pipes)
                streams.set(redirection.fd,
                            source_for(redirection, streams, first));
}

Source TreeRun::source_for(Redirection const& redirection,
                           Streams const& streams, std::size_t first)
{
    if (file_of(redirection) != nullptr)
        return take_file(redirection.target);
    if (auto const fd = copied_fd(redirection)) {
        auto const* known = streams.find(*fd);
        return known != nullptr ? *known : Source{.fd = *fd};
    }
    if (std::holds_alternative<Capture>(redirection.target))
        return captured(redirection, nullptr, first);
    if (auto const* string = std::get_if<ToString>(&redirection.target))
        return captured(redirection, string->target, first);
    if (auto const* text = std::get_if<Text>(&redirection.target))
        return fed(*text->bytes, first);
    if (auto const fd = inherited_fd(redirection))
        return {.fd = *fd};
    return driven_by_hand(redirection.fd);
}

Source TreeRun::captured(Redirection const& redirection, std::string* target,
                         std::size_t first)
{
    auto pipe = open_pipe(first);
    auto source = owned_source(std::move(pipe.write_end));
    source.capture = &keep(redirection.fd, target, std::move(pipe.read_end));
    return source;
}

CaptureSlot& TreeRun::keep(int stream, std::string* target, sys::Fd from)
{
    auto& drain = pump_.drain(std::move(from), {}, limit_);
    return captures_.emplace_back(CaptureSlot{stream, target, &drain, {}});
}

Source TreeRun::fed(std::string_view bytes, std::size_t first)
{
    auto pipe = open_pipe(first);
    pump_.feed(std::move(pipe.write_end), bytes);
    return owned_source(std::move(pipe.read_end));
}

// Also those of commands whose turn comes later: the caller has the other end
// from the beginning.
void TreeRun::open_hand_ends()
{
    HandEndsWanted wanted{};
    find_hand_ends(*plan_.root, wanted);
    for (int const fd : {0, 1, 2}) {
        if (!wanted[std::size_t(fd)])
            continue;
        auto pipe = open_pipe(0);
        auto& [read_end, write_end] = pipe;
        hand_ends_.of(fd) = std::move(fd == 0 ? write_end : read_end);
        children_hand_ends_.of(fd) = std::move(fd == 0 ? read_end : write_end);
    }
}

// Whoever reads from a command that never runs finds the end at once.
void TreeRun::skip(PlanNode const& node) noexcept
{
    for (auto const& redirection : node.redirections)
        if (is_driven_by_hand(redirection))
            children_hand_ends_.of(redirection.fd).reset();
    for (auto const& part : node.parts)
        skip(*part);
}

// Only the stdout that somebody reads earns mercy for SIGPIPE.
Source TreeRun::driven_by_hand(int fd)
{
    auto source = owned_source(std::move(children_hand_ends_.of(fd)));
    source.feeds_reader = fd == 1;
    return source;
}

int TreeRun::free_number(int wanted, Streams const& streams,
                         PopenOptions const& options)
{
    auto const& passed = options.pass_fds;
    while (streams.find(wanted) != nullptr
           || std::ranges::find(passed, wanted) != passed.end())
        --wanted;
    return wanted;
}

sys::Pipe TreeRun::open_stage_pipe(std::size_t first)
{
    auto pipe = open_pipe(first);
    PipeAllowance share;
    if (share.take(stage_pipe_size))
        sys::resize_pipe(pipe.read_end.get(), stage_pipe_size);
    pipes_.push_back(std::move(share));
    return pipe;
}

// The descriptors that tell of a child's end are the ones we can do without:
// they are made again when they are needed, so that a long pipeline fits into
// few descriptors.
sys::Pipe TreeRun::open_pipe(std::size_t first)
{
    auto pipe = sys::open_pipe();
    if (pipe.error == std::errc::too_many_files_open) {
        for (auto& stage : stages_)
            if (stage.start)
                stage.start->shed();
            else if (stage.child)
                stage.child->process->shed();
        pipe = sys::open_pipe();
    }
    if (!pipe)
        fail(first, SpawnStep::pipe, pipe.error, {});
    return std::move(pipe.value);
}

// C++ has no number of its own: it has that of a command beside it.
void TreeRun::fail(std::size_t stage, SpawnStep step, std::error_code error,
                   std::string subject, std::string const& code) const
{
    auto const stages = plan_.stages.size();
    stage = std::min(stage, std::max<std::size_t>(stages, 1) - 1);
    std::vector<std::string> args{code.empty() ? "C++" : code};
    std::string executable;
    if (code.empty() && stage < stages) {
        args = plan_.stages[stage]->args;
        executable = plan_.stages[stage]->options.executable.str();
    }
    if (observer_ != nullptr)
        observer_->refused(
            {{args, executable, stage + 1, stages}, step, error});
    throw SpawnError(error, {args.front(),
                             step,
                             std::move(subject),
                             {},
                             stage + 1,
                             std::max<std::size_t>(stages, 1)});
}

} // namespace runnel::inline v0
