// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Golden files: what commands answered once, as plain text, in place of programs.
//
//     Recording recording("git.txt");       // once: runs the programs
//     my_tool({.executor = &recording});
//
//     Replaying git("git.txt");             // in the test: runs none
//     UseExecutor const scope(git);
//     my_tool();
//     CHECK(git.problems() == "");
//
// The format is described in docs/golden.md. Not a part of runnel.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/error.hpp>
#include <runnel/executor.hpp>
#include <runnel/pathname.hpp>
#include <runnel/scripted.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace runnel::inline v0 {

namespace detail {
class RecordingFile;
class Replay;
} // namespace detail

/// Runs programs and writes to a file what each command got and gave: its words,
/// directory and changes of the environment, the text that is its stdin, its stdout
/// and stderr, and how it ended. In the order in which commands start. Thread safe.
///
/// - Secrets are masked, in the output as well: a replay gives `***`.
/// - Stdout and stderr of each command pass through a pipe of this process, so no
///   command sees a terminal or a file there. An expression with a terminal (`pty`)
///   is refused: `std::invalid_argument`.
/// - A command that was ended because its reader had enough is written down as ended
///   by SIGPIPE, which is what happens to it in a replay. One that a time limit or a
///   stop has ended is written down as it ended; a replay does not wait for the
///   limit.
class RUNNEL_EXPORT Recording final : public Executor {
public:
    /// Creates the file, or empties it; throws `std::system_error`. `executor` runs
    /// the programs. It must pass them on to `local_executor()` and outlive this
    /// object.
    explicit Recording(Pathname const& file,
                       Executor& executor = local_executor());
    Recording(Recording const&) = delete;
    Recording& operator=(Recording const&) = delete;
    ~Recording() override;

    /// Throws `std::system_error` if something could not be written so far. A command
    /// is written when its run and those before it have ended.
    void check() const;

    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override;

private:
    std::shared_ptr<detail::RecordingFile> file_;
    Executor* inner_;
};

/// A file is no recording, or a damaged one. `what()` begins with `FILE:LINE:`; the
/// code is `errc::bad_message`.
class RUNNEL_EXPORT DamagedRecording : public SubprocessError {
public:
    DamagedRecording(std::string const& file, std::size_t line,
                     std::string const& why);
    DamagedRecording(DamagedRecording const&) = default;
    ~DamagedRecording() override;

    std::size_t line() const noexcept { return line_; }

private:
    std::size_t line_;
};

/// Answers commands from a recording; no program is run. Thread safe.
///
/// A command gets the answer of a recorded one with the same words, directory,
/// changes of the environment, and text as stdin. Each answer is given once, equal
/// ones in the order of the file. Other commands throw `UnexpectedCommand`, whose
/// message shows the difference to the nearest recorded one.
///
/// A command writes its stdout, then its stderr, then reads its stdin to the end,
/// unless the recorded one has not, and ends with the recorded status.
class RUNNEL_EXPORT Replaying final : public Executor {
public:
    /// Throws `std::system_error` if the file cannot be read, `DamagedRecording` if
    /// it is no recording.
    explicit Replaying(Pathname const& file);
    Replaying(Replaying const&) = delete;
    Replaying& operator=(Replaying const&) = delete;
    ~Replaying() override;

    /// Commands must be run in the order of the file.
    void in_order();

    /// Unexpected commands so far, and recorded ones that were not run. Empty if
    /// there is nothing.
    std::string problems() const;

    /// Throws `UnexpectedCommand` if there are problems.
    void verify() const;

    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override;

private:
    std::shared_ptr<detail::Replay> replay_;
};

} // namespace runnel::inline v0
