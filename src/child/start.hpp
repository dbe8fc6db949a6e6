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

/// What a job decides for a child in place of the child's options.
struct JobContext {
    StagePlace place;
    Observer* observer; ///< null: the one of the options, else the default
    /// All descriptors that are not just inherited; they stay the job's. The
    /// list must stay until the launch.
    std::span<sys::FdMove const> moves;
};

/// Throws `std::invalid_argument` for arguments and options that no child can
/// be started with. Opens nothing.
void validate(std::span<std::string const> args, PopenOptions const& options);

/// One child being started. The object stays where it is: the child reads it.
///
/// The constructor checks everything and opens the streams; `launch` makes
/// the child. With `launch_unconfirmed` and a later `confirm` several children
/// come up side by side. All three throw `SpawnError`; destruction before
/// `take` ends the child and reaps it.
class Start {
public:
    Start(std::vector<std::string> args, PopenOptions const& options);

    /// A child of a job, which has connected its streams and waits for it.
    Start(std::vector<std::string> args, PopenOptions const& options,
          JobContext const& job);
    Start(Start const&) = delete;
    Start& operator=(Start const&) = delete;
    ~Start();

    void launch();
    void launch_unconfirmed();
    void confirm();

    /// Of the child, once there is one; else -1.
    int pid() const noexcept
    {
        return state_->process ? state_->process->pid() : launch_.pid();
    }

    /// Gives up a descriptor that can be made again; see `Process::shed`.
    void shed() noexcept { launch_.shed(); }

    std::unique_ptr<detail::PopenState> take();

private:
    void prepare();
    void announce() const;
    void stamp();
    void build_arguments();
    void put_shell_in_front();
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

    std::vector<std::string> shell_args_; ///< with the shell in front
    std::vector<std::string> environment_;
    ChildActions actions_;
    PreexecFn preexec_fn_;
    sys::SpawnRequest request_;
    std::vector<Endpoint> endpoints_; ///< what the options name
    std::vector<Connection> connections_;
    std::optional<Wiring> wiring_; ///< until the child has its own copies
    std::vector<sys::FdMove> moves_;
    std::optional<TextMode> text_; ///< of our ends
    std::array<sys::Fd, 3> ours_; ///< of stdin, stdout and stderr
    sys::Launch launch_; ///< last: its child must end before all else goes
};

} // namespace runnel::inline v0
