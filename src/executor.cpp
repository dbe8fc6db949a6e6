#include "executor.hpp"

#include "observe.hpp"
#include "popen_state.hpp"

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

/// Between children: large enough for both to work at once, small enough for
/// many of them (../bench, pipelines).
constexpr std::size_t stage_pipe_size = 256 * 1024;

Stdio& stream_of(PopenOptions& options, int fd)
{
    return fd == 0 ? options.in : fd == 1 ? options.out : options.err;
}

} // namespace

std::unique_ptr<JobState> Executor::start(Plan plan, Observer* observer,
                                          std::optional<std::string_view> input)
{
    sys::reap_abandoned();
    auto job = std::make_unique<JobState>(std::move(plan),
                                          observer_or_default(observer));
    Executor(*job, input).run();
    return job;
}

// All that can be known to be wrong is told before anything is opened. Above
// all a closed descriptor: its number may soon be that of a pipe of ours.
Executor::Executor(JobState& job, std::optional<std::string_view> input)
    : job_(job), plan_(job.plan_), input_(input)
{
    job_.captures_.resize(plan_.stages.size());
    for (std::size_t i = 0; i < plan_.stages.size(); ++i)
        check(i);
    for (auto const& stage : plan_.stages) {
        wiring_.push_back({stage.options, {}});
        auto& options = wiring_.back().options;
        if (options.observer == nullptr)
            options.observer = job_.observer_;
        // The job waits for its stages; what it could not end may not block.
        options.on_destroy = OnDestroy::detach;
    }
}

void Executor::check(std::size_t stage) const
{
    auto options = plan_.stages[stage].options;
    for (auto const* stream : {&options.in, &options.out, &options.err})
        if (stream->kind() == Stdio::pipe)
            throw std::invalid_argument(
                "with() of \"" + plan_.stages[stage].command()
                + "\" asks for a pipe that nobody holds: use capture, text or "
                  "a Popen");
    for (auto const& [fd, target] : plan_.stages[stage].redirections)
        if (auto const* stdio = std::get_if<Stdio>(&target))
            stream_of(options, fd) = *stdio;
    validate(plan_.stages[stage].args, options);
    if (auto const closed = closed_descriptor(options))
        fail(stage, SpawnStep::dup,
             std::make_error_code(std::errc::bad_file_descriptor),
             std::to_string(*closed));
}

void Executor::run()
{
    if (job_.observer_ != nullptr)
        job_.observer_->planned(plan_);
    for (std::size_t i = 0; i < plan_.stages.size(); ++i)
        open_files(i);
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
        connect(i);
        launch(i);
    }
    confirm_all();
}

// --- streams -------------------------------------------------------------------

void Executor::open_files(std::size_t stage)
{
    for (auto const& redirection : plan_.stages[stage].redirections)
        if (auto const* stdio = std::get_if<Stdio>(&redirection.target);
            stdio != nullptr && stdio->kind() == Stdio::file)
            open_file(stage, redirection, *stdio);
}

void Executor::open_file(std::size_t stage, Redirection const& redirection,
                         Stdio const& file)
{
    auto const use = redirection.fd == 0                ? sys::FileUse::read
                   : file.mode() == Stdio::Mode::append ? sys::FileUse::append
                                                        : sys::FileUse::write;
    auto opened = sys::open_file(file.path(), use);
    if (!opened)
        fail(stage, SpawnStep::open, opened.error, file.path());
    give(stage, redirection.fd, std::move(opened.value));
}

void Executor::connect(std::size_t stage)
{
    if (stage == 0 && input_)
        feed(0, *input_);
    for (auto const& redirection : plan_.stages[stage].redirections)
        connect(stage, redirection);
    for (auto const& pipe : plan_.pipes)
        if (pipe.from == stage)
            connect_next(stage);
}

void Executor::connect(std::size_t stage, Redirection const& redirection)
{
    auto const fd = redirection.fd;
    if (std::holds_alternative<Capture>(redirection.target))
        capture(stage, fd, nullptr);
    else if (auto const* string = std::get_if<ToString>(&redirection.target))
        capture(stage, fd, string->target);
    else if (auto const* text = std::get_if<Text>(&redirection.target))
        feed(stage, *text->bytes);
    else if (auto const& stdio = std::get<Stdio>(redirection.target);
             stdio.kind() == Stdio::pipe)
        connect_hand_pipe(stage, fd);
    else if (stdio.kind() != Stdio::file)
        set_stream(stage, fd, stdio);
}

void Executor::connect_hand_pipe(std::size_t stage, int fd)
{
    if (fd != 1 || stage + 1 != plan_.stages.size())
        throw std::invalid_argument("Stdio::pipe is for stdout of the last "
                                    "stage");
    auto pipe = open_pipe(stage);
    give(stage, fd, std::move(pipe.write_end));
    job_.out_end_ = std::move(pipe.read_end);
    job_.out_is_read_ = true;
}

void Executor::capture(std::size_t stage, int fd, std::string* target)
{
    auto pipe = open_pipe(stage);
    give(stage, fd, std::move(pipe.write_end));
    auto& drain = job_.pump_.drain(std::move(pipe.read_end));
    auto& kept = job_.captures_[stage];
    (fd == 1 ? kept.out : kept.err) = &drain;
    (fd == 1 ? kept.out_target : kept.err_target) = target;
}

void Executor::feed(std::size_t stage, std::string_view bytes)
{
    auto pipe = open_pipe(stage);
    give(stage, 0, std::move(pipe.read_end));
    job_.pump_.feed(std::move(pipe.write_end), bytes);
}

void Executor::connect_next(std::size_t stage)
{
    auto pipe = open_pipe(stage);
    PipeAllowance share;
    if (share.take(stage_pipe_size))
        sys::resize_pipe(pipe.read_end.get(), stage_pipe_size);
    job_.pipes_.push_back(std::move(share));
    give(stage, 1, std::move(pipe.write_end));
    give(stage + 1, 0, std::move(pipe.read_end));
}

// The descriptors that tell of a child's end are the ones we can do without:
// they are made again when they are needed, so that a long pipeline fits into
// few descriptors.
sys::Pipe Executor::open_pipe(std::size_t stage)
{
    auto pipe = sys::open_pipe();
    if (pipe.error == std::errc::too_many_files_open) {
        for (auto& start : starts_)
            start->shed();
        pipe = sys::open_pipe();
    }
    if (!pipe)
        fail(stage, SpawnStep::pipe, pipe.error, {});
    return std::move(pipe.value);
}

void Executor::give(std::size_t stage, int fd, sys::Fd end)
{
    set_stream(stage, fd, Stdio(end.get()));
    wiring_[stage].child_ends.push_back(std::move(end));
}

void Executor::set_stream(std::size_t stage, int fd, Stdio target)
{
    stream_of(wiring_[stage].options, fd) = std::move(target);
}

// --- stages --------------------------------------------------------------------

// A child that is alone is started the simple way; several execute side by
// side and are looked after together.
void Executor::launch(std::size_t stage)
{
    auto& wiring = wiring_[stage];
    starts_.push_back(
        std::make_unique<Start>(plan_.stages[stage].args, wiring.options,
                                StagePlace{stage + 1, plan_.stages.size()}));
    if (plan_.stages.size() == 1)
        starts_.back()->launch();
    else
        starts_.back()->launch_unconfirmed();
    wiring.child_ends.clear();
}

void Executor::confirm_all()
{
    if (starts_.size() > 1)
        for (auto& start : starts_)
            start->confirm();
    job_.stages_.reserve(starts_.size());
    for (auto& start : starts_)
        job_.stages_.push_back(detail::PopenAccess::make(start->take()));
}

void Executor::fail(std::size_t stage, SpawnStep step, std::error_code error,
                    std::string subject) const
{
    auto const& planned = plan_.stages[stage];
    if (job_.observer_ != nullptr)
        job_.observer_->refused(
            {{planned.args, planned.options.executable.str(), stage + 1,
              plan_.stages.size()},
             step,
             error});
    throw SpawnError(error, {planned.args.front(),
                             step,
                             std::move(subject),
                             {},
                             stage + 1,
                             plan_.stages.size()});
}

} // namespace runnel::inline v0
