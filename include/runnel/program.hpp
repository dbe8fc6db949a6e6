// An expression lowered once: flat lists of commands, of what their descriptors
// lead to, and of which parts wait for which. Plain data without a pointer into
// the expression: it can be printed, compared, recorded, and sent elsewhere.
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
    int pipe_size = -1; ///< bytes that the kernel should hold, if given

    /// How many commands use it, and how many in-process parts and lists. This
    /// process closes its copy when the last of them has started, or never will.
    int commands = 0;
    int others = 0;

    /// What an error names: this command, or the in-process part `label`.
    std::size_t stage = 0;
    std::string label{};

    /// True if it is a pipe whose one end this process holds.
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

/// A command, its final words, and what its descriptors lead to. A number that
/// is not named is that of this process for 0 to 2, and else closed.
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
    std::string* target = nullptr; ///< of `to(string)`; else the result
    bool is_tapped = false; ///< not asked for by the expression itself
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
        /// It reads what the part that the group is there for writes, to its
        /// end: a branch of a tee, `into(...)`.
        bool is_branch = false;
    };

    Kind kind = Kind::pipeline;
    ProgramPlace place{};
    std::vector<Part> parts{};
    /// Of parts that run one after the other: what they may need, held until
    /// the last of them has started.
    std::vector<std::size_t> held{};

    /// True if the parts run one after the other.
    bool runs_in_turn() const noexcept { return kind >= Kind::all_of; }
};

/// What starts together, all of it or nothing: steps in this order.
struct ProgramUnit {
    struct Step {
        enum class Kind : unsigned char {
            need, ///< an endpoint that must be open
            open, ///< an endpoint
            command,
            helper,
            list, ///< a group whose first part starts now
        };
        Kind kind;
        std::size_t index;
    };

    std::vector<Step> steps{};
    std::size_t first_command = 0;
    std::size_t commands = 0; ///< as many as lie in it, in lists too
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

    /// Which captures may be stdout and stderr of the whole: the last of these
    /// that was opened is.
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

/// True if they do the same: their `to_string` is equal.
RUNNEL_EXPORT bool operator==(Program const& a, Program const& b);

} // namespace runnel::inline v0
