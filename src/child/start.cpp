#include "child/start.hpp"

#include "base/observe.hpp"
#include "child/check_stdio.hpp"
#include "io/stream_access.hpp"
#include "sys/clock.hpp"
#include "sys/names.hpp"
#include "sys/pipe.hpp"
#include "text/check_text.hpp"

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

void refuse(bool bad, char const* why)
{
    if (bad)
        throw std::invalid_argument(why);
}

} // namespace

void validate(std::span<std::string const> args, PopenOptions const& options)
{
    refuse(args.empty(), "the list of arguments is empty: it begins with the "
                         "program");
    for (auto const& arg : args)
        if (holds_nul(arg))
            refuse_nul(arg, "argument \"" + std::string(arg.c_str()) + '"');
    refuse_nul(options.executable.str(), "the executable");
    check_stdio(options.in, 0, true);
    check_stdio(options.out, 1, false);
    check_stdio(options.err, 2, false);
    refuse(std::ranges::any_of(options.pass_fds, [](int fd) { return fd < 0; }),
           "pass_fds holds a negative number");
    check_settings(options);
}

std::vector<std::string> behind_shell(std::vector<std::string> const& args,
                                      PopenOptions const& options)
{
    std::vector<std::string> all;
    all.reserve(args.size() + 2);
    all.emplace_back(options.executable.has_value()
                         ? std::string_view(options.executable.str())
                         : sys::shell);
    all.emplace_back("-c");
    all.insert(all.end(), args.begin(), args.end());
    return all;
}

namespace {

std::unique_ptr<detail::PopenState> make_state(std::vector<std::string> args,
                                               PopenOptions const& options,
                                               Observer* observer)
{
    auto state = std::make_unique<detail::PopenState>();
    state->args = std::move(args);
    if (options.shell)
        state->shell_args = behind_shell(state->args, options);
    else
        state->executable = options.executable.str();
    state->on_destroy = options.on_destroy;
    state->observer = observer_or_default(
        options.observer != nullptr ? options.observer : observer);
    return state;
}

} // namespace

Start::Start(std::vector<std::string> args, PopenOptions const& options)
    : options_(options), state_(make_state(std::move(args), options, nullptr)),
      args_(state_->args), observer_(state_->observer)
{
    validate(args_, options_);
    text_ = text_mode_of(options_);
    prepare();
    name_endpoints();
    wiring_.emplace(endpoints_);
    need_descriptors();
    open_endpoints();
    build_request();
}

// The job has checked for closed descriptors before it opened its own. It also
// waits for its children. A child that it could not end is detached, so that no
// destructor blocks on it.
Start::Start(std::vector<std::string> args, PopenOptions const& options,
             JobContext const& job)
    : options_(options),
      state_(make_state(std::move(args), options, job.observer)),
      args_(state_->args), observer_(state_->observer)
{
    state_->stage = job.place.stage;
    state_->stages = job.place.stages;
    state_->on_destroy = OnDestroy::detach;
    prepare();
    build_request();
    request_.moves = job.moves;
}

void Start::prepare()
{
    build_arguments();
    build_environment();
    actions_ = ChildActions(options_);
    announce();
    refuse_empty_program();
}

// If a child was confirmed but not taken, another child of its group could not
// be started.
Start::~Start()
{
    if (state_ && state_->process)
        detail::PopenState::end(std::move(state_));
}

void Start::announce() const
{
    if (observer_ != nullptr)
        observer_->starting({view(), options_.cwd.str(), options_.env});
}

ChildView Start::view() const
{
    return state_->view();
}

// Python's rule: `executable` replaces the program, which is `args[0]` or the
// shell. Without a shell, argv stays as it is.
void Start::build_arguments()
{
    request_.args = state_->argv();
    request_.program = options_.executable.has_value()
                         ? std::string_view(options_.executable.str())
                         : request_.args.front();
}

void Start::build_environment()
{
    if (options_.env.is_inherited())
        return;
    environment_ = options_.env.apply_to(sys::environment());
    request_.environment = &environment_;
}

// Looked up in PATH, an empty name would give each directory itself.
void Start::refuse_empty_program() const
{
    if (request_.program.empty())
        fail({SpawnStep::exec,
              std::make_error_code(std::errc::no_such_file_or_directory),
              {},
              {}});
}

void Start::build_request()
{
    request_.moves = moves_;
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

// --- streams -------------------------------------------------------------------

void Start::name_endpoints()
{
    connect(options_.in, 0);
    connect(options_.out, 1);
    connect(options_.err, 2);
    for (int const fd : options_.pass_fds)
        endpoints_.push_back({.kind = Endpoint::Kind::descriptor, .fd = fd});
}

void Start::connect(Stdio const& wanted, int target)
{
    using Kind = Endpoint::Kind;
    using Use = Endpoint::Use;
    Endpoint endpoint{.kind = Kind::file,
                      .use = target == 0                          ? Use::read
                           : wanted.mode() == Stdio::Mode::append ? Use::append
                                                                  : Use::write,
                      .fd = target,
                      .pipe_size = options_.pipesize,
                      .commands = 1};
    switch (wanted.kind()) {
    case Stdio::inherit: return;
    case Stdio::pipe: endpoint.kind = Kind::in_hand; break;
    case Stdio::devnull: endpoint.kind = Kind::null_device; break;
    case Stdio::file: endpoint.path = wanted.path(); break;
    case Stdio::descriptor:
        endpoint.kind = Kind::descriptor;
        endpoint.fd = wanted.fd();
        break;
    case Stdio::out:
        for (auto const& [number, known] : connections_)
            if (number == 1) {
                ++endpoints_[known].commands;
                return connections_.push_back({target, known});
            }
        endpoint.kind = Kind::descriptor;
        endpoint.fd = 1;
        break;
    }
    connections_.push_back({target, endpoints_.size()});
    endpoints_.push_back(std::move(endpoint));
}

// Checked before anything is opened: a closed number may soon be reused by a
// pipe of the library, and the child would get that pipe instead.
void Start::need_descriptors()
{
    for (std::size_t i = 0; i < endpoints_.size(); ++i)
        if (auto failure = wiring_->need(i))
            fail({failure->step, failure->error, failure->subject, {}});
}

void Start::open_endpoints()
{
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        if (auto failure = wiring_->open(i))
            fail({failure->step, failure->error, failure->subject, {}});
        if (endpoints_[i].kind == Endpoint::Kind::in_hand)
            ours_[static_cast<std::size_t>(endpoints_[i].fd)] =
                wiring_->take_our_end(i);
    }
    for (auto const& [number, endpoint] : connections_)
        moves_.push_back({wiring_->fd(endpoint), number});
}

// --- the child -----------------------------------------------------------------

void Start::stamp()
{
    state_->started_at = std::chrono::system_clock::now();
    state_->started = sys::Clock::now();
}

void Start::launch()
{
    stamp();
    child_made(launch_.start(request_));
}

void Start::launch_unconfirmed()
{
    stamp();
    auto const failure = launch_.start_unconfirmed(request_);
    if (failure)
        fail(*failure);
    wiring_.reset();
}

void Start::confirm()
{
    child_made(launch_.confirm());
}

void Start::child_made(std::optional<sys::SpawnFailure> failure)
{
    if (failure)
        fail(*failure);
    wiring_.reset();
    state_->process = launch_.take();
    if (observer_ != nullptr)
        observer_->started(
            {view(), state_->process->pid(), state_->started_at});
}

void Start::fail(sys::SpawnFailure const& failure) const
{
    if (observer_ != nullptr)
        observer_->refused({view(), failure.step, failure.error});
    auto const hint = failure.step == SpawnStep::preexec
                        ? failure.detail
                        : sys::spawn_hint(request_, failure);
    throw SpawnError(failure.error,
                     {std::string(request_.program), failure.step,
                      failure.subject, hint, state_->stage, state_->stages,
                      options_.shell ? args_.front() : std::string()});
}

std::unique_ptr<detail::PopenState> Start::take()
{
    auto const open = [this](auto& stream, sys::Fd& fd, char const* name,
                             int bufsize) {
        detail::StreamAccess::name(stream, name);
        if (fd)
            detail::StreamAccess::open(stream, std::move(fd), bufsize, name,
                                       text_);
    };
    int const bufsize = options_.bufsize;
    bool const is_conversation = ours_[1] || ours_[2];
    open(state_->in, ours_[0], "stdin",
         detail::StreamAccess::input_bufsize(bufsize, text_.has_value(),
                                             is_conversation));
    open(state_->out, ours_[1], "stdout", bufsize);
    open(state_->err, ours_[2], "stderr", bufsize);
    return std::move(state_);
}

} // namespace runnel::inline v0
