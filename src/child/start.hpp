// From options to a running child: check, open, make, report.
#pragma once

#include "child/popen_state.hpp"
#include "child/settings.hpp"
#include "child/wiring.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/spawn.hpp"
#include "text/text_codec.hpp"

#include <runnel/popen.hpp>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// Which stage of how many a child is, counted from 1.
struct StagePlace {
    std::size_t stage = 1;
    std::size_t stages = 1;
};

/// What a job adds to the options of a child.
struct JobContext {
    StagePlace place;
    Observer* observer; ///< if the options have none; null: the default
    /// All descriptors that are not just inherited. They belong to the job. The
    /// list must outlive the launch.
    std::span<sys::FdMove const> moves;
};

/// Throws `std::invalid_argument` for arguments and options that no child can
/// be started with. Opens nothing.
void validate(std::span<std::string const> args, PopenOptions const& options);

/// The argv of a child that runs `args` behind the shell of `options`.
std::vector<std::string> behind_shell(std::vector<std::string> const& args,
                                      PopenOptions const& options);

/// The start of one child. The object is not moved, because the child reads it.
///
/// The constructor checks everything and opens the streams; `launch` makes the
/// child. With `launch_unconfirmed` and a later `confirm`, several children
/// start side by side. All of these throw `SpawnError`. Destruction before
/// `take` ends the child and reaps it.
class Start {
public:
    Start(std::vector<std::string> args, PopenOptions const& options);

    /// A child of a job. The job connects its streams and waits for it.
    Start(std::vector<std::string> args, PopenOptions const& options,
          JobContext const& job);
    Start(Start const&) = delete;
    Start& operator=(Start const&) = delete;
    ~Start();

    void launch();
    void launch_unconfirmed();
    void confirm();

    /// The pid of the child; -1 before there is one.
    int pid() const noexcept
    {
        return state_->process ? state_->process->pid() : launch_.pid();
    }

    /// Closes a descriptor that can be made again; see `Process::shed`.
    void shed() noexcept { launch_.shed(); }

    std::unique_ptr<detail::PopenState> take();

private:
    void prepare();
    void announce() const;
    void stamp();
    void build_arguments();
    void build_environment();
    void build_request();
    void refuse_empty_program() const;

    void name_endpoints();
    void connect(Stdio const& wanted, int target);
    void need_descriptors();
    void open_endpoints();

    void child_made(std::optional<sys::SpawnFailure> failure);
    [[noreturn]] void fail(sys::SpawnFailure const& failure) const;
    ChildView view() const;

    PopenOptions const& options_; ///< must outlive the launch
    std::unique_ptr<detail::PopenState> state_;
    std::span<std::string const> args_;
    Observer* observer_;

    std::vector<std::string> environment_;
    ChildActions actions_;
    PreexecFn preexec_fn_;
    sys::SpawnRequest request_;
    std::vector<Endpoint> endpoints_; ///< what the options name
    std::vector<Connection> connections_;
    std::optional<Wiring> wiring_; ///< until the child has its own copies
    std::vector<sys::FdMove> moves_;
    std::optional<TextMode> text_; ///< of the ends in `ours_`
    std::array<sys::Fd, 3> ours_; ///< pipe ends that this process keeps
    sys::Launch launch_; ///< last: its child ends before the rest is destroyed
};

} // namespace runnel::inline v0
