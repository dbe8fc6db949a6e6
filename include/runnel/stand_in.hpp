// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Code of this process in place of the program of a command: how fakes are made.
// `Scripted` (scripted.hpp) and `Replaying` (recording.hpp) are made of it.
//
//     struct Upper : StandIn {
//         Part begin() override
//         {
//             return {.act = [](Role& role) {
//                 for (std::string_view line : role.lines())
//                     role.out(upper(line) + '\n');
//                 return ExitStatus::of_code(0);
//             }};
//         }
//     };
//     program.commands[0].stand_in = std::make_shared<Upper>();
//     return local_executor().start(std::move(program), options);
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/function.hpp>
#include <runnel/error.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/lines.hpp>
#include <runnel/plan.hpp>
#include <runnel/text_view.hpp>
#include <runnel/timeout.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

namespace detail {
class RoleState;
} // namespace detail

/// The command, as the code that stands in for its program sees it: words,
/// settings and streams. One thread uses it.
///
/// Streams lead where the expression says: into pipes, files, captures. A wait in a
/// function of this class ends when the command gets a signal that ends processes;
/// it then throws an object that no code but the library should catch. A write to a
/// pipe without a reader throws likewise, and the command ends by SIGPIPE. Other
/// errors of the system are `std::system_error`; `std::logic_error` means that the
/// command has no such stream.
class RUNNEL_EXPORT Role {
public:
    explicit Role(detail::RoleState& state) noexcept : state_(state) {}
    Role(Role const&) = delete;
    Role& operator=(Role const&) = delete;

    /// argv, program first; secrets are masked.
    std::vector<std::string> args() const;

    /// The same with the real text of secrets.
    std::vector<std::string> reveal_args() const;

    /// The options of the command: directory, environment and others.
    PlannedStage const& command() const noexcept;

    /// The value that a variable has for the command; secrets are masked.
    std::optional<std::string> env(detail::TextView name) const;

    /// The id that the result shows. No process has it.
    int pid() const noexcept;

    /// True if the expression connects descriptor `fd`; false if the command shares
    /// it with this process, or has no such descriptor.
    bool is_connected(int fd) const noexcept;

    /// Reads descriptor `fd` to end of file. For the word of `from(e)` or `into(e)`,
    /// which is `/dev/fd/N`, it is N.
    std::string read(int fd = 0);

    /// Waits for bytes; 0 at end of file.
    std::size_t read_some(std::span<char> into, int fd = 0);

    /// The lines of stdin. Can be called once, and before `read` only.
    LineRange lines(LineOptions const& options = {});

    /// Writes all of `text`.
    void write(int fd, detail::TextView text);
    void out(detail::TextView text) { write(1, text); }
    void err(detail::TextView text) { write(2, text); }

    /// Closes a descriptor of the command before the end of the command.
    void close(int fd) noexcept;

    /// Waits, at most until the command gets a signal.
    void pause(Timeout how_long);

private:
    detail::RoleState& state_;
};

/// How a command has ended, for a `Witness`.
struct Witnessed {
    /// SIGPIPE if runnel has ended the command because its reader had enough.
    ExitStatus status{};
    /// What it wrote. If stdout and stderr lead to the same place, all is in `out`,
    /// in the order in which it came, and `together` is true.
    std::string_view out{};
    std::string_view err{};
    bool together = false;
    /// Its stdin is a pipe that it did not read to end of file.
    bool left_input = false;
    /// Not null: it could not be started.
    SpawnError const* refusal = nullptr;
};

/// Gets what a command writes, and how it ends.
class RUNNEL_EXPORT Witness {
public:
    virtual ~Witness();

    /// Called once, when the whole run has ended, by the thread that runs its
    /// loop.
    virtual void ended(Witnessed const& how) noexcept = 0;
};

/// What the local executor runs in place of the program of a command.
class RUNNEL_EXPORT StandIn {
public:
    virtual ~StandIn();

    /// What shall happen.
    struct Part {
        /// Runs on a thread of its own and returns the status. An exception ends
        /// the run, and the verb throws it. Code that waits for other things than
        /// a `Role` cannot be interrupted: the run waits for it. Verbs that it calls
        /// use the executor of the thread that has started the run. Empty: the
        /// program itself is run.
        detail::Function<ExitStatus(Role&)> act{};
        /// Null: nobody.
        std::shared_ptr<Witness> witness{};
    };

    /// Called when the turn of the command has come, in the order in which commands
    /// start. A `SpawnError` says that the program cannot be started; its numbers of
    /// stages are replaced. Other exceptions end the run, and the verb throws them.
    virtual Part begin() = 0;
};

} // namespace runnel::inline v0
