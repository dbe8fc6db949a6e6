// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// From options to a running child: check, open, make, report.
#pragma once

#include "child/child_streams.hpp"
#include "child/popen_state.hpp"
#include "child/settings.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/spawn.hpp"
#include "text/text_codec.hpp"

#include <runnel/error.hpp>
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
    RunId run = 0;
};

/// What a job adds to the options of a child.
struct JobContext {
    StagePlace place;
    Observer* observer; ///< if the options have none; null: the default
    /// All descriptors that are not just inherited. They belong to the job. The
    /// list must outlive the launch.
    std::span<sys::FdMove const> moves;
    /// If the options have none.
    Containment containment = Containment::none;
    /// The descriptor of the child that becomes its controlling terminal, or -1.
    int terminal = -1;
    /// The child is no process: code of this process stands in for it, and gets
    /// no container, no session and no foreground.
    bool is_stand_in = false;
    bool counts_bytes = false; ///< see `RunOptions::count_bytes`
};

/// Throws `std::invalid_argument` for arguments and options that no child can
/// be started with. Opens nothing.
void validate(std::span<Word const> args, PopenOptions const& options);

/// The argv of a child that runs `args` behind the shell of `options`.
std::vector<Word> behind_shell(std::span<Word const> args,
                               PopenOptions const& options);

/// What is secret in words and variables.
Secrets secrets_of(std::span<Word const> args, Environment const& environment);

/// The start of one child. The object is not moved, because the child reads it.
///
/// The constructor checks everything and opens the streams, and throws `SpawnError`;
/// `launch` makes the child. With `launch_unconfirmed` and a later `confirm`,
/// several children start side by side. These return the error, if there is one, to
/// be thrown where little is left to unwind: a throw costs as much as a start.
/// Destruction before `take` ends the child and reaps it.
class Start {
public:
    /// `args` and `options` must outlive the launch.
    Start(std::span<Word const> args, PopenOptions const& options);

    /// A child of a job. The job connects its streams and waits for it.
    Start(std::span<Word const> args, PopenOptions const& options,
          JobContext const& job);
    Start(Start const&) = delete;
    Start& operator=(Start const&) = delete;
    ~Start();

    using Refusal = std::optional<SpawnError>;

    [[nodiscard]] Refusal launch();
    [[nodiscard]] Refusal launch_unconfirmed();
    [[nodiscard]] Refusal confirm();

    /// In place of a child; `confirm` must follow, and fails with `refusal` if that
    /// is given.
    void launch(std::unique_ptr<sys::Process> stand_in,
                std::optional<sys::SpawnFailure> refusal);

    /// The pid of the child; -1 before there is one.
    int pid() const noexcept
    {
        if (stand_in_)
            return stand_in_->pid();
        return state_->process ? state_->process->pid() : launch_.pid();
    }

    /// Closes a descriptor that can be made again; see `Process::shed`.
    void shed() noexcept { launch_.shed(); }

    std::unique_ptr<detail::PopenState> take();

private:
    void prepare(Containment by_default);
    void contain(Containment wanted);
    void make_cgroup(Containment wanted);
    void borrow_foreground(bool leads_group);
    void announce() const;
    void stamp();
    void build_arguments();
    void build_environment();
    void build_request();
    void refuse_empty_program() const;

    void release_streams() noexcept;
    Refusal child_made(std::optional<sys::SpawnFailure> const& failure);
    std::unique_ptr<sys::Process> child();
    SpawnError refused(sys::SpawnFailure const& failure) const;
    ChildView view() const;

    std::span<Word const> args_;
    PopenOptions const& options_;
    std::unique_ptr<detail::PopenState> state_;
    Observer* observer_;

    std::vector<std::string> revealed_; ///< argv, if something in it is secret
    std::vector<std::string> environment_;
    std::unique_ptr<sys::Container> container_; ///< until there is a child
    ChildActions actions_;
    int terminal_ = -1; ///< see `JobContext::terminal`
    PreexecFn preexec_fn_;
    sys::SpawnRequest request_;
    std::optional<ChildStreams> streams_; ///< of a child without a job
    std::optional<TextMode> text_; ///< of these streams
    unsigned signals_before_ = 0; ///< see interrupts.hpp
    bool is_stand_in_ = false;
    bool counts_bytes_ = false;
    std::unique_ptr<sys::Process> stand_in_; ///< until it is confirmed
    std::optional<sys::SpawnFailure> refusal_; ///< in place of `stand_in_`
    sys::Launch launch_; ///< last: its child ends before the rest is destroyed
};

} // namespace runnel::inline v0
