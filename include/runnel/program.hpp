// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A lowered expression: flat lists of its commands, of what their descriptors
// lead to, and of which parts wait for which. Plain data that refers to itself
// by index: it can be printed, compared and recorded. It can also be sent
// elsewhere, unless C++ code, a stand-in or a `to(string)` is in it.
//
//     Program const program = lower(cmd("dmesg") | cmd("grep", "hda") > capture);
//     program.commands[1].stage->args[0].str()        // "grep"
//     std::puts(to_string(program).c_str());
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/plan.hpp>
#include <runnel/pty.hpp>
#include <runnel/run.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0 {

class StandIn;

/// An index that refers to nothing.
inline constexpr auto no_index = static_cast<std::size_t>(-1);

/// What a descriptor of a command leads to.
struct Endpoint {
    enum class Kind : unsigned char {
        descriptor, ///< descriptor `fd` of this process
        file, ///< the file `path`, opened for `use`
        null_device, ///< opened for `use`
        pipe_read, ///< read end between two parts; `peer`: the write end
        pipe_write,
        captured, ///< a pipe to this process; see `Program::captures`
        memory_file, ///< the same, but a file in memory, read at the end
        text, ///< a pipe from this process that brings `text`
        input, ///< the same with `RunOptions::input`
        in_hand, ///< a pipe whose other end is the caller's stream `fd`
    };
    enum class Use : unsigned char { read, write, append };

    Kind kind = Kind::descriptor;
    Use use = Use::read;
    int fd = -1;
    std::size_t peer = no_index;
    std::string path{};
    /// In text mode an executor gets it, and `RunOptions::input`, encoded already.
    /// Secrets are masked; see `reveal_text`.
    std::shared_ptr<std::string const> text{};
    detail::SecretText secret_text{}; ///< if something in `text` is secret
    bool is_bytes = false; ///< text mode does not encode `text`
    int pipe_size = -1; ///< of a pipe, in bytes; -1: what the kernel chooses
    /// Of the write end of a pipe: its reader is a join that reads to end of file,
    /// because what the join writes to has no reader that may leave.
    bool is_read_to_end = false;

    /// Of a captured stream, or one in hand: it is a pseudo-terminal, in place of
    /// a pipe. Terminals are open from the beginning of the run.
    std::optional<Pty> pty{};
    /// Of a terminal: the endpoint that brings what is typed there. That one is
    /// a `text`, `input` or `in_hand`, whose `peer` is the terminal.
    std::size_t keyboard = no_index;

    /// How many commands use it.
    int commands = 0;
    /// How many in-process parts and lists use it. This process closes its copy
    /// when all of these and all of the commands have started, or cannot start
    /// any more.
    int others = 0;

    /// What errors name: the command with this index. If `label` is not empty,
    /// they name the in-process part of that name, which follows this command.
    std::size_t stage = no_index;
    std::string label{};

    /// The real bytes of `text`, which must not be null.
    std::string const& reveal_text() const noexcept
    {
        return secret_text.reveal(*text);
    }

    /// True if it leads to `Program::captures[peer]`.
    bool is_capture() const noexcept
    {
        return kind == Kind::captured || kind == Kind::memory_file;
    }

    /// True if it is captured or in hand, through a pipe or terminal.
    bool is_pipe_to_us() const noexcept
    {
        return kind == Kind::captured || kind == Kind::in_hand;
    }

    bool is_terminal() const noexcept { return pty.has_value(); }

    /// True if it types into the terminal `peer`.
    bool is_keyboard() const noexcept
    {
        return peer != no_index
            && (kind == Kind::text || kind == Kind::input
                || kind == Kind::in_hand);
    }

    /// True if its reader, a part of the pipeline or the caller, may stop reading
    /// early.
    bool feeds_reader() const noexcept
    {
        return (kind == Kind::pipe_write && !is_read_to_end)
            || (kind == Kind::in_hand && fd == 1);
    }
};

/// Descriptor `number` of a command leads to an endpoint.
struct Connection {
    int number;
    std::size_t endpoint;

    bool operator==(Connection const&) const = default;
};

/// The place of a part: in which group, and as which of its parts.
struct ProgramPlace {
    std::size_t group = no_index; ///< `no_index`: it is the whole program
    std::size_t part = 0;

    bool operator==(ProgramPlace const&) const = default;
};

/// A command, its final words, and what its descriptors lead to. Descriptors
/// that `connections` does not name: 0 to 2 are those of this process, all
/// others but `pass_fds` are closed.
struct ProgramCommand {
    std::shared_ptr<PlannedStage const> stage;
    std::vector<Connection> connections{};
    ProgramPlace place{};
    bool feeds_reader = false; ///< one of them; see `Endpoint::feeds_reader`
    /// It leads a session whose controlling terminal is this descriptor of it;
    /// -1: it does not.
    int terminal = -1;
    std::size_t out = no_index; ///< which capture holds its stdout
    std::size_t err = no_index;
    /// Set by an executor that passes the program on to `local_executor()`: what
    /// runs in place of the command's own program. Null: that program.
    std::shared_ptr<StandIn> stand_in{};
};

/// A part that runs in this process: an in-process stage, a tee, or a join, which
/// writes the lines of several pipes to one place. If `in` or `out` is `no_index`,
/// that end is the stdin or stdout of this process; a join has no `in`.
struct ProgramHelper {
    struct Joined {
        std::size_t endpoint;
        std::string label{}; ///< in front of each line, if not empty
    };

    std::shared_ptr<detail::InProcess const> code{}; ///< null: a tee or a join
    std::size_t in = no_index;
    std::size_t out = no_index;
    std::vector<std::size_t> copies{}; ///< of a tee: endpoints
    std::vector<Joined> joined{}; ///< of a join: what it reads
    ProgramPlace place{};

    bool is_join() const noexcept { return !joined.empty(); }

    /// Calls `f` with each endpoint that it uses.
    template <class F>
    void for_each_endpoint(F f) const
    {
        for (auto const end : {in, out})
            if (end != no_index)
                f(end);
        for (auto const copy : copies)
            f(copy);
        for (auto const& one : joined)
            f(one.endpoint);
    }
};

/// A stream that is kept in memory.
struct ProgramCapture {
    std::size_t stage = no_index; ///< the command that writes it, if one does
    int stream = 1; ///< 1 for stdout, 2 for stderr, or another number
    /// The string of `to(string)`, which must outlive the run. Null: the bytes
    /// are kept in the result.
    std::string* target = nullptr;
    bool is_tapped = false; ///< captured for `tagged`, not by the expression
    /// The caller of the verb gets a `std::string`, as from `read`.
    bool is_for_string = false;
    /// The descriptor of this process, 1 or 2, that the bytes are written to as
    /// well, as they come (`RunOptions::show`); -1: none.
    int shown_on = -1;
};

/// Parts that are combined, and how.
struct ProgramGroup {
    enum class Kind : unsigned char {
        pipeline, ///< run together; each feeds the next
        command, ///< run together: a command, then what its words stand for
        tee, ///< run together: a tee, then its branches
        together, ///< run together: parts, then the joins of their output
        all_of, ///< one after the other, as long as they succeed
        any_of, ///< one after the other, until one succeeds
        sequence, ///< one after the other
        negation, ///< one part, whose outcome is inverted
    };
    struct Part {
        enum class Kind : unsigned char { command, helper, group };
        Kind kind;
        std::size_t index;
        /// The unit that starts this part, if parts run one after the other.
        std::size_t unit = no_index;
        /// True for a branch of a tee, and for `into(...)`: the part reads to
        /// end of file, and is waited for.
        bool is_branch = false;
    };

    Kind kind = Kind::pipeline;
    RunUntil until = RunUntil::all_end; ///< of `together`
    ProgramPlace place{};
    std::vector<Part> parts{};
    /// If parts run one after the other: endpoints that stay open until the
    /// last part has started, because each part may need them.
    std::vector<std::size_t> held{};

    /// True if the parts run one after the other.
    bool runs_in_turn() const noexcept { return kind >= Kind::all_of; }
};

/// Parts that start together, all or none, as steps in this order.
struct ProgramUnit {
    struct Step {
        enum class Kind : unsigned char {
            need, ///< fail if the endpoint is closed in this process
            open, ///< open an endpoint
            command,
            helper,
            list, ///< a group whose first part starts now
        };
        Kind kind;
        std::size_t index;
    };

    std::vector<Step> steps{};
    std::size_t first_command = 0;
    std::size_t commands = 0; ///< how many the unit and its lists have
};

/// A lowered expression.
class Program {
public:
    std::vector<ProgramCommand> commands; ///< in the order written
    std::vector<Endpoint> endpoints;
    std::vector<ProgramHelper> helpers;
    std::vector<ProgramCapture> captures; ///< in the order written
    std::vector<ProgramGroup> groups;
    std::vector<ProgramUnit> units; ///< the first one starts the program
    ProgramGroup::Part root{};

    /// The captures that may hold stdout and stderr of the whole, as indices
    /// into `captures`. The last one that was opened counts.
    std::vector<std::size_t> out;
    std::vector<std::size_t> err;

    bool has_lists = false; ///< the end of one part may start another
    bool has_until = false; ///< the end of one part may end others
    bool has_code = false; ///< an in-process stage is in it
    bool has_limits = false; ///< a command has a time limit of its own

    bool is_join(ProgramGroup::Part part) const noexcept
    {
        return part.kind == ProgramGroup::Part::Kind::helper
            && helpers[part.index].is_join();
    }

    /// The expression as shell text, for people, logs and dry runs; see
    /// `to_string(Expression)`. Empty if it was lowered to be run here at once.
    std::string text;
};

/// Lowers an expression as a verb with these `options` does: `input`,
/// `capture_output` and `show` become part of the program. Opens and starts
/// nothing. An expression that cannot be run is `std::invalid_argument`.
RUNNEL_EXPORT Program lower(Expression const& expression,
                            RunOptions const& options = {});

/// The whole program, one line for each command, endpoint and unit.
RUNNEL_EXPORT std::string to_string(Program const& program);

/// True if their `to_string` is equal, and so are the secrets that it masks. C++
/// code and the strings of `to(string)` are not compared.
RUNNEL_EXPORT bool operator==(Program const& a, Program const& b);

} // namespace runnel::inline v0
