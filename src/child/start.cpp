// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/start.hpp"

#include "base/observe.hpp"
#include "child/check_stdio.hpp"
#include "io/stream_access.hpp"
#include "sys/clock.hpp"
#include "sys/interrupts.hpp"
#include "sys/names.hpp"
#include "sys/pipe.hpp"
#include "sys/signal.hpp"
#include "text/check_text.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

using ActionKind = sys::ChildAction::Kind;

// The leader of a new session has no controlling terminal, so that it can take
// one.
void lead_session(ChildActions& actions, PopenOptions const& options,
                  int terminal)
{
    if (terminal < 0)
        return;
    if (!options.start_new_session)
        actions.add({ActionKind::session, SpawnStep::session});
    actions.add({.kind = ActionKind::terminal,
                 .step = SpawnStep::terminal,
                 .number = terminal});
}

} // namespace

void validate(std::span<Word const> args, PopenOptions const& options)
{
    refuse(args.empty(), "the list of arguments is empty: it begins with the "
                         "program");
    for (auto const& word : args)
        if (auto const& arg = word.str(); holds_nul(arg))
            refuse_argument("argument \"" + std::string(arg.c_str())
                            + "\" holds a NUL byte");
    refuse_nul(options.executable.str(), "the executable");
    check_stdio(options.in, 0, true);
    check_stdio(options.out, 1, false);
    check_stdio(options.err, 2, false);
    refuse(std::ranges::any_of(options.pass_fds, [](int fd) { return fd < 0; }),
           "pass_fds holds a negative number");
    check_settings(options);
    check_terminal(options);
}

std::vector<Word> behind_shell(std::span<Word const> args,
                               PopenOptions const& options)
{
    std::vector<Word> all;
    all.reserve(args.size() + 2);
    all.emplace_back(options.executable.has_value()
                         ? std::string_view(options.executable.str())
                         : sys::shell);
    all.emplace_back("-c");
    all.insert(all.end(), args.begin(), args.end());
    return all;
}

Secrets secrets_of(std::span<Word const> args, Environment const& environment)
{
    Secrets secrets;
    for (auto const& word : args)
        word.secret_text().add_to(secrets);
    for (auto const& edit : environment.edits())
        edit.secret.add_to(secrets);
    return secrets;
}

namespace {

std::unique_ptr<detail::PopenState> make_state(std::span<Word const> args,
                                               PopenOptions const& options,
                                               Observer* observer)
{
    auto state = std::make_unique<detail::PopenState>();
    state->args = detail::shown(args);
    if (options.shell)
        state->shell_args = detail::shown(behind_shell(args, options));
    else
        state->executable = options.executable.str();
    state->on_destroy = options.on_destroy;
    state->teardown = options.teardown;
    state->observer = observer_or_default(
        options.observer != nullptr ? options.observer : observer);
    return state;
}

} // namespace

Start::Start(std::span<Word const> args, PopenOptions const& options)
    : args_(args), options_(options),
      state_(make_state(args, options, nullptr)), observer_(state_->observer),
      counts_bytes_(observer_ != nullptr)
{
    validate(args_, options_);
    text_ = text_mode_of(options_);
    terminal_ = terminal_of(options_);
    prepare(Containment::none);
    if (auto failure = streams_.emplace(options_).open())
        throw refused({failure->step, failure->error, failure->subject, {}});
    build_request();
    request_.moves = streams_->moves();
}

// The job has checked for closed descriptors before it opened its own. It also
// waits for its children. A child that it could not end is detached, so that no
// destructor blocks on it.
Start::Start(std::span<Word const> args, PopenOptions const& options,
             JobContext const& job)
    : args_(args), options_(options),
      state_(make_state(args, options, job.observer)),
      observer_(state_->observer)
{
    state_->stage = job.place.stage;
    state_->stages = job.place.stages;
    state_->run = job.place.run;
    state_->on_destroy = OnDestroy::detach;
    terminal_ = job.terminal;
    is_stand_in_ = job.is_stand_in;
    counts_bytes_ = job.counts_bytes || observer_ != nullptr;
    prepare(job.containment);
    build_request();
    request_.moves = job.moves;
}

void Start::prepare(Containment by_default)
{
    build_arguments();
    build_environment();
    actions_ = ChildActions(options_);
    lead_session(actions_, options_, terminal_);
    announce();
    refuse_empty_program();
    if (is_stand_in_)
        return;
    contain(options_.containment == Containment::none ? by_default
                                                      : options_.containment);
}

// --- the container --------------------------------------------------------------

// The leader of a session leads a group, too.
void Start::contain(Containment wanted)
{
    if (options_.foreground)
        borrow_foreground(wanted == Containment::group);
    if (wanted == Containment::cgroup || wanted == Containment::best)
        make_cgroup(wanted);
    if (wanted == Containment::none || container_)
        return;
    bool const leads_session = options_.start_new_session || terminal_ >= 0;
    bool const is_group = wanted == Containment::group && !leads_session;
    container_ = std::make_unique<sys::Container>(
        is_group ? Containment::group : Containment::session);
    if (is_group && !options_.process_group)
        actions_.add({ActionKind::process_group, SpawnStep::process_group});
    else if (!is_group && !leads_session)
        actions_.add({ActionKind::session, SpawnStep::session});
}

// What has a container of the kind `group` makes a group for that.
void Start::borrow_foreground(bool leads_group)
{
    state_->foreground = sys::ForegroundLoan::begin();
    if (!state_->foreground)
        return;
    if (!leads_group && !options_.process_group)
        actions_.add({ActionKind::process_group, SpawnStep::process_group});
    actions_.add({ActionKind::foreground, SpawnStep::setting, "foreground"});
}

void Start::make_cgroup(Containment wanted)
{
    auto made = sys::Container::make_cgroup();
    if (!made) {
        if (wanted == Containment::cgroup)
            throw refused({SpawnStep::cgroup, made.error, {}, {}});
        return;
    }
    container_ = std::move(made.value);
    actions_.add({sys::ChildAction::Kind::cgroup, SpawnStep::cgroup,
                  container_->membership().c_str()});
}

// If a child was made but not taken, another child of its unit could not be
// started. What the child has started meanwhile is ended with it. A child that is
// not confirmed may still take the foreground.
Start::~Start()
{
    if (container_ && launch_.runs())
        container_->signal(launch_.pid(), sys::signals::kill);
    if (state_ && state_->process)
        detail::PopenState::end(std::move(state_));
    if (!state_ || !state_->foreground)
        return;
    launch_ = sys::Launch();
    state_->foreground.give_back();
}

void Start::announce() const
{
    if (observer_ != nullptr)
        tell(*observer_, &Observer::starting,
             {view(), options_.cwd.str(), options_.env});
}

ChildView Start::view() const
{
    return state_->view();
}

// Python's rule: `executable` replaces the program, which is `args[0]` or the
// shell. Without a shell, argv stays as it is.
void Start::build_arguments()
{
    bool const has_secret = std::ranges::any_of(
        args_, [](Word const& word) { return bool(word.secret_text()); });
    if (has_secret)
        revealed_ = options_.shell
                      ? detail::revealed(behind_shell(args_, options_))
                      : detail::revealed(args_);
    request_.args = has_secret ? revealed_ : state_->argv();
    request_.program = options_.executable.has_value()
                         ? std::string_view(options_.executable.str())
                         : request_.args.front();
}

void Start::build_environment()
{
    if (options_.env.is_inherited())
        return;
    environment_ = options_.env.reveal_to(sys::environment());
    request_.environment = &environment_;
}

// Looked up in PATH, an empty name would give each directory itself.
void Start::refuse_empty_program() const
{
    if (request_.program.empty())
        throw refused(
            {SpawnStep::exec,
             std::make_error_code(std::errc::no_such_file_or_directory),
             {},
             {}});
}

void Start::build_request()
{
    request_.kept = options_.pass_fds;
    request_.close_others = options_.close_fds || !options_.pass_fds.empty();
    request_.actions = actions_.list();
    if (!options_.preexec_fn)
        return;
    preexec_fn_ = options_.preexec_fn;
    request_.preexec = [](void* function) {
        (*static_cast<PreexecFn*>(function))();
    };
    request_.preexec_context = &preexec_fn_;
}

// --- the child -----------------------------------------------------------------

void Start::stamp()
{
    state_->started_at = std::chrono::system_clock::now();
    state_->started = sys::Clock::now();
    signals_before_ = sys::signals_so_far();
}

void Start::release_streams() noexcept
{
    if (streams_)
        streams_->release();
}

void Start::launch(std::unique_ptr<sys::Process> stand_in,
                   std::optional<sys::SpawnFailure> refusal)
{
    stamp();
    stand_in_ = std::move(stand_in);
    refusal_ = std::move(refusal);
}

Start::Refusal Start::launch()
{
    stamp();
    return child_made(launch_.start(request_));
}

Start::Refusal Start::launch_unconfirmed()
{
    stamp();
    if (auto const failure = launch_.start_unconfirmed(request_))
        return refused(*failure);
    release_streams();
    return {};
}

Start::Refusal Start::confirm()
{
    return child_made(is_stand_in_ ? refusal_ : launch_.confirm());
}

Start::Refusal
Start::child_made(std::optional<sys::SpawnFailure> const& failure)
{
    if (failure)
        return refused(*failure);
    release_streams();
    state_->start_time = sys::Clock::now() - state_->started;
    state_->process = stand_in_ ? std::move(stand_in_) : child();
    sys::list_for_signals(*state_->process, signals_before_);
    if (observer_ != nullptr)
        tell(*observer_, &Observer::started,
             {view(), state_->process->pid(), state_->started_at,
              state_->start_time});
    return {};
}

std::unique_ptr<sys::Process> Start::child()
{
    auto child = launch_.take();
    child->contain(std::move(container_), counts_bytes_);
    return child;
}

// The hint of a stand-in is its own.
SpawnError Start::refused(sys::SpawnFailure const& failure) const
{
    auto const hint = failure.step == SpawnStep::preexec || is_stand_in_
                        ? failure.detail
                        : sys::spawn_hint(request_, failure);
    auto const secrets = secrets_of(args_, options_.env);
    SpawnError refusal(failure.error,
                       {secrets.masked(request_.program), failure.step,
                        secrets.masked(failure.subject), secrets.masked(hint),
                        state_->stage, state_->stages,
                        options_.shell ? args_.front().str() : std::string()});
    if (observer_ != nullptr)
        tell(*observer_, &Observer::refused,
             {view(), failure.step, failure.error, refusal.what()});
    return refusal;
}

std::unique_ptr<detail::PopenState> Start::take()
{
    detail::StreamAccess::name(state_->in, "stdin");
    detail::StreamAccess::name(state_->out, "stdout");
    detail::StreamAccess::name(state_->err, "stderr");
    if (streams_)
        streams_->give_to(*state_, text_);
    return std::move(state_);
}

} // namespace runnel::inline v0
