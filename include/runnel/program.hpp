// An expression lowered once: flat lists of commands, of what their descriptors
// lead to, and of which parts wait for which. Plain data that refers to itself by
// index: it can be printed, compared, recorded, and, unless C++ code or a
// `to(string)` is in it, sent elsewhere.
//
//     Program const program = lower(cmd("dmesg") | cmd("grep", "hda") > capture);
//     program.commands[1].stage->args[0]              // "grep"
//     std::puts(to_string(program).c_str());
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/plan.hpp>
#include <runnel/run.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// An index that refers to nothing.
inline constexpr auto no_index = static_cast<std::size_t>(-1);

/// What a descriptor of a command leads to.
struct Endpoint {
    enum class Kind : unsigned char {
        descriptor, ///< descriptor `fd` of this process
        file, ///< the file `path`, opened for `use`
        null_device, ///< opened for `use`
        pipe_read, ///< of a pipe between two parts; `peer` is its other end
        pipe_write,
        captured, ///< a pipe to us; see `Program::captures`
        text, ///< a pipe from us that brings `text`
        input, ///< a pipe from us that brings `RunOptions::input`
        in_hand, ///< a pipe whose other end is the caller's stream `fd`
    };
    enum class Use : unsigned char { read, write, append };

    Kind kind = Kind::descriptor;
    Use use = Use::read;
    int fd = -1;
    std::size_t peer = no_index;
    std::string path{};
    std::shared_ptr<std::string const> text{};
    int pipe_size = -1; ///< of a pipe, in bytes; -1: what the kernel chooses

    /// How many commands use it.
    int commands = 0;
    /// How many in-process parts and lists use it. This process closes its copy
    /// when all of both have started, or cannot start any more.
    int others = 0;

    /// What an error names: this command; or, if `label` is not empty, the
    /// in-process part of that name, which stands behind this command.
    std::size_t stage = no_index;
    std::string label{};

    /// True if it is captured or in hand.
    bool is_pipe_to_us() const noexcept
    {
        return kind == Kind::captured || kind == Kind::in_hand;
    }

    /// True if its reader, a part of the pipeline or the caller, may stop reading
    /// early.
    bool feeds_reader() const noexcept
    {
        return kind == Kind::pipe_write || (kind == Kind::in_hand && fd == 1);
    }
};

/// Descriptor `number` of a command leads to an endpoint.
struct Connection {
    int number;
    std::size_t endpoint;

    bool operator==(Connection const&) const = default;
};

/// Where a part stands: in which group, as which of its parts.
struct ProgramPlace {
    std::size_t group = no_index; ///< `no_index`: it is the whole program
    std::size_t part = 0;

    bool operator==(ProgramPlace const&) const = default;
};

/// A command, its final words, and what its descriptors lead to. Of numbers that
/// are not named, 0 to 2 are those of this process, and all others but
/// `pass_fds` are closed.
struct ProgramCommand {
    std::shared_ptr<PlannedStage const> stage;
    std::vector<Connection> connections{};
    ProgramPlace place{};
    bool feeds_reader = false; ///< its stdout; see `Endpoint::feeds_reader`
    std::size_t out = no_index; ///< which capture holds its stdout
    std::size_t err = no_index;
};

/// A part that runs in this process: C++, or a tee. An end that is `no_index`
/// is the stdin or the stdout of this process.
struct ProgramHelper {
    std::shared_ptr<detail::InProcess const> code{}; ///< null: a tee
    std::size_t in = no_index;
    std::size_t out = no_index;
    std::vector<std::size_t> copies{}; ///< of a tee: endpoints
    ProgramPlace place{};
};

/// A stream that is kept in memory.
struct ProgramCapture {
    std::size_t stage = no_index; ///< whose stream it is, if a command's
    int stream = 1; ///< 1 for stdout, 2 for stderr, or another number
    /// The string of `to(string)`, which must outlive the run; null: what is
    /// kept is in the result.
    std::string* target = nullptr;
    bool is_tapped = false; ///< for `tagged`, not for the expression itself
};

/// Parts that hang together.
struct ProgramGroup {
    enum class Kind : unsigned char {
        pipeline, ///< run at once; each feeds the next
        command, ///< run at once: a command, then what its words stand for
        tee, ///< run at once: a tee, then its branches
        all_of, ///< one after the other, as long as they succeed
        any_of, ///< one after the other, until one succeeds
        sequence, ///< one after the other
        negation, ///< one, whose outcome is turned round
    };
    struct Part {
        enum class Kind : unsigned char { command, helper, group };
        Kind kind;
        std::size_t index;
        /// Of parts that run one after the other: what starts this one.
        std::size_t unit = no_index;
        /// True for a branch of a tee, and for `into(...)`: it reads to the end
        /// of its input, and is waited for.
        bool is_branch = false;
    };

    Kind kind = Kind::pipeline;
    ProgramPlace place{};
    std::vector<Part> parts{};
    /// Of parts that run one after the other: endpoints that stay open until the
    /// last of them has started, since each may need them.
    std::vector<std::size_t> held{};

    /// True if the parts run one after the other.
    bool runs_in_turn() const noexcept { return kind >= Kind::all_of; }
};

/// What starts together, all of it or nothing: steps in this order.
struct ProgramUnit {
    struct Step {
        enum class Kind : unsigned char {
            need, ///< refuse an endpoint that is closed in this process
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
    std::size_t commands = 0; ///< how many are in it and in its lists
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

    /// What may be stdout and stderr of the whole, as indices into `captures`: of
    /// these, the last one that was opened is taken.
    std::vector<std::size_t> out;
    std::vector<std::size_t> err;

    bool has_lists = false; ///< the end of one part may start another
    bool has_code = false; ///< C++ in the place of a command
    bool has_limits = false; ///< a command has a time limit of its own

    /// The expression as bash runs it, for people, logs and dry runs; see
    /// `to_string(Expression)`. Empty if it was lowered to be run here at once.
    std::string text;
};

/// Lowers an expression as a verb does that is given `options`: `input` and
/// `capture_output` become part of the program. Opens and starts nothing.
/// Throws `std::invalid_argument` for what cannot be run.
RUNNEL_EXPORT Program lower(Expression const& expression,
                            RunOptions const& options = {});

/// All of it, a line each for commands, endpoints and units.
RUNNEL_EXPORT std::string to_string(Program const& program);

/// True if their `to_string` is equal. C++ code and the strings of `to(string)`
/// are not compared.
RUNNEL_EXPORT bool operator==(Program const& a, Program const& b);

} // namespace runnel::inline v0
